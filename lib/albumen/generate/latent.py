"""The fitted knowledge of which style looks like whom: start, refine and vary a style vector.

Conditioned on face embeddings alone; no photo reaches the generator. `fit_portrait` fitted the
tensors that this module loads.
"""

from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Float32
from safetensors import safe_open
from torch.nn import functional as F

from albumen.errors import AlbumenError
from albumen.faces.networks import SFACE_LANDMARKS, SFACE_SIDE, main_face, similarity
from albumen.generate.graph import Graph
from albumen.generate.stylegan import ASSET, FEATURES, W, mean_w, to_pixels
from albumen.weights import weight

EMPHASIS = 1.2  # a ridge shrinks towards the mean face: go a little further
STEPS = 20
RATE, BETAS = 0.1, (0.8, 0.95)  # of Adam
PRIOR = 0.05  # weight of staying a likely face against looking like the person
LOOK_EVERY = 6  # steps between detections of the landmarks
JITTER = (0.02, 0.015, 1.2)  # of the crop: scale, shear, and shift in px of 112

MOST = 1.6  # standard deviations of smile and yaw that a seed may draw
RIDGES = (("sface", "dlib"), ("sface",))  # sets of recognisers with a fitted ridge, best first


@cache
def asset() -> dict[str, Float32[np.ndarray, "..."]]:
    """The tensors of `fit_portrait`, in float32."""
    with safe_open(ASSET, framework="numpy") as file:
        return {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118


def start(embeddings: dict[str, Float[np.ndarray, "d"]]) -> W:
    """The likeliest style of a face with these embeddings (the keys are one of RIDGES)."""
    parts = []
    for name, vector in embeddings.items():
        unit = np.asarray(vector, np.float32) / np.linalg.norm(vector)
        parts.append(unit * asset()["dlib.length"] if name == "dlib" else unit)
    ridge = asset()[f"ridge.{'.'.join(embeddings)}"]
    offset = np.concatenate(parts) @ ridge[:-1] + ridge[-1]
    return (mean_w() + EMPHASIS * offset).astype(np.float32)


def refine(w: W, target: Float[np.ndarray, "128"], steps: int = STEPS, seed: int = 0) -> W:
    """Move `w` until SFace sees `target` in its face, staying a likely face. About .6 s a step.

    Adam over the principal components of style in standard deviations c; the loss is
    1 - cos(SFace, target) + PRIOR mean(c^2). Each step looks at a jittered, perhaps mirrored crop,
    so that the face and not its pixels is what is fitted. Returns `w` inside the components.
    Raises AlbumenError when the start shows no face.
    """
    rng = np.random.default_rng(seed)
    basis = torch.from_numpy(asset()["components"])
    mean = torch.from_numpy(mean_w())
    inverse = (basis / basis.square().sum(1, keepdim=True)).T  # rows are orthogonal
    c = ((torch.from_numpy(w) - mean) @ inverse).requires_grad_()
    wanted = torch.from_numpy(np.asarray(target, np.float32))
    adam = torch.optim.Adam([c], lr=RATE, betas=BETAS)
    landmarks = None
    for step in range(steps):
        image = quick_image(mean + c @ basis)
        if step % LOOK_EVERY == 0:
            face = main_face(to_pixels(image.detach()[0].numpy(), image.shape[-1]))
            landmarks = face.landmarks if face else landmarks
        if landmarks is None:
            raise AlbumenError("The embeddings lead to no face: were they taken from a face?")
        seen = _sface()(_crop(image, landmarks, rng))[0][0]
        loss = 1 - F.cosine_similarity(seen, wanted, dim=0) + PRIOR * c.square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return (mean + c.detach() @ basis).numpy()


def vary(w: W, seed: int, amount: float = 0.5) -> W:
    """Another picture of the same person: what embeddings don't tell is drawn again.

    Adds `amount` of a random residual, the part of style that identity does not predict: hair,
    surroundings, light; and as much again of a smile and a turn of the head, which a residual of
    hundreds of numbers holds too little of to be seen.
    """
    rng = np.random.default_rng(seed)
    residuals = asset()["residuals"]
    residual = rng.standard_normal(len(residuals)).astype(np.float32) @ residuals
    smile, yaw = np.clip(rng.standard_normal(2), -MOST, MOST)
    return shift(w + np.float32(amount) * residual, smile=amount * smile, yaw=amount * yaw)


def shift(w: W, **attributes: float) -> W:
    """`w` with smile, yaw (to the viewer's right) or light raised by so many deviations."""
    for name, amount in attributes.items():
        w = w + np.float32(amount) * asset()[name]
    return w


def quick_image(w: torch.Tensor) -> torch.Tensor:
    """The picture of style `w` at 256 px, -1..1, shape 1 x 3 x 256 x 256, differentiable."""
    head = torch.from_numpy(asset()["head"])
    return F.conv2d(_features()(w[None])[0], head[:-1].T[:, :, None, None], head[-1])


def _crop(
    image: torch.Tensor, landmarks: Float[np.ndarray, "5 2"], rng: np.random.Generator
) -> torch.Tensor:
    """SFace's aligned crop, 0..255, jittered and perhaps mirrored, differentiable."""
    scale, shear, move = JITTER
    jitter = np.eye(3)
    jitter[0, 0] += scale * rng.standard_normal()
    jitter[1, 1] += scale * rng.standard_normal()
    jitter[0, 1] = shear * rng.standard_normal()
    jitter[:2, 2] = move * rng.standard_normal(2)
    to_crop = jitter @ np.vstack([similarity(landmarks, SFACE_LANDMARKS), (0, 0, 1)])
    y, x = np.mgrid[:SFACE_SIDE, :SFACE_SIDE]
    places = np.stack([x, y, np.ones_like(x)], axis=-1) @ np.linalg.inv(to_crop)[:2].T
    grid = (places + 0.5) * 2 / image.shape[-1] - 1  # grid_sample's -1..1 spans the whole picture
    grid = torch.from_numpy(grid[None].astype(np.float32))
    crop = F.grid_sample(image.clamp(-1, 1), grid, align_corners=False)
    crop = (crop + 1) * 127.5
    return crop.flip(3) if rng.random() < 0.5 else crop


@cache
def _features() -> Graph:
    return Graph(weight("synthesis-xml"), weight("synthesis-bin"), [FEATURES])


@cache
def _sface() -> Graph:
    return Graph(weight("sface"))
