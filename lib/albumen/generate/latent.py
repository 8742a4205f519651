"""The fitted knowledge of which style looks like whom: start, refine, vary and hold a style vector.

Conditioned on face embeddings alone; no photo reaches the generator. `fit_portrait` fitted the
tensors that this module loads.
"""

import math
from collections.abc import Collection, Mapping
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Float32
from safetensors import safe_open
from torch.nn import functional as F

from albumen.errors import AlbumenError
from albumen.faces.networks import main_face
from albumen.generate.eyes import Landmarks, Matrix, eye, jittered, measured
from albumen.generate.eyes import age as look_age
from albumen.generate.graph import Graph
from albumen.generate.recognise import years
from albumen.generate.stylegan import ASSET, FEATURES, W, mean_w, render, to_pixels
from albumen.weights import weight

EMPHASIS = 1.2  # a ridge shrinks towards the mean face: go a little further
STEPS = 24
RATE, BETAS = 0.15, (0.8, 0.95)  # of Adam; the rate falls to nothing along a cosine
PRIOR = 0.05  # weight of staying a likely face against looking like the person
PULL = {"sface": 1.0, "dlib": 2.0, "faceres": 2.0}  # weights of the recognisers
HOLD = 0.3  # weight of a squared deviation of smile or yaw
AGE, DECADE = 1.0, 10.0  # weight of a squared decade of age
LOOK_EVERY = 3  # steps between detections of the landmarks

ROUNDS = 4  # of looking at what a linear change of attributes did
FARTHEST = {"smile": 3.0, "yaw": 2.0, "age": 25.0}  # that a goal goes beyond what is wanted
QUICK = 256  # pixels a side, for looking

MOST = 1.6  # standard deviations of smile and yaw that a seed may draw
RIDGES = (("sface", "dlib"), ("sface", "faceres"), ("sface",))  # with a fitted ridge, best first


@cache
def asset() -> dict[str, Float32[np.ndarray, "..."]]:
    """The tensors of `fit_portrait`, in float32."""
    with safe_open(ASSET, framework="numpy") as file:
        return {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118


def start(embeddings: Mapping[str, Float[np.ndarray, "d"]]) -> W:
    """The likeliest style of a face with these embeddings (the keys are one of RIDGES)."""
    parts = []
    for name, vector in embeddings.items():
        unit = np.asarray(vector, np.float32) / np.linalg.norm(vector)
        if name == "dlib":
            unit = unit * asset()["dlib.length"]
        if name == "faceres":
            unit = asset()["faceres.components"] @ (unit - asset()["faceres.mean"])
        parts.append(unit)
    ridge = asset()[f"ridge.{'.'.join(embeddings)}"]
    offset = np.concatenate(parts) @ ridge[:-1] + ridge[-1]
    return (mean_w() + EMPHASIS * offset).astype(np.float32)


def refine(
    w: W,
    wanted: Mapping[str, Float[np.ndarray, "d"]],
    steps: int = STEPS,
    seed: int = 0,
    held: Mapping[str, float] | None = None,
    age: float | None = None,
) -> W:
    """Move `w` until the recognisers see `wanted` in its face, staying a likely face. .7 s a step.

    Adam over the principal components of style in standard deviations c. The loss is the sum of
    PULL times `_difference` over the recognisers of `wanted`, PRIOR mean(c^2), HOLD times what
    `read` says is missing from the attributes `held`, squared, and AGE times the decades to `age`
    years, squared. Each step looks at jittered, perhaps mirrored crops, so that the face and not
    its pixels is what is fitted. A linear reading is easily fooled: whenever the landmarks show
    less than what is held, it is held that much more. Returns `w` inside the components. Raises
    AlbumenError when the start shows no face.
    """
    rng = np.random.default_rng(seed)
    basis = torch.from_numpy(asset()["components"])
    mean = torch.from_numpy(mean_w())
    inverse = (basis / basis.square().sum(1, keepdim=True)).T  # rows are orthogonal
    c = ((torch.from_numpy(w) - mean) @ inverse).requires_grad_()
    targets = {name: torch.from_numpy(np.asarray(v, np.float32)) for name, v in wanted.items()}
    held = held or {}
    readers = {name: torch.from_numpy(asset()[f"read.{name}"]) for name in held}
    goals = dict(held)
    adam = torch.optim.Adam([c], lr=RATE, betas=BETAS)
    places: dict[str, Matrix] = {}
    for step in range(steps):
        offset = c @ basis
        image = quick_image(mean + offset)
        if step % LOOK_EVERY == 0:
            rgb = to_pixels(image.detach()[0].numpy(), image.shape[-1])
            face = main_face(rgb)
            if face is not None:
                names = (*targets, "faceres")
                places = {name: eye(name).place(rgb, face.landmarks) for name in names}
                shown = seen(face.landmarks)
                goals = {name: goal + held[name] - shown[name] for name, goal in goals.items()}
        if not places:
            raise AlbumenError("The embeddings lead to no face: were they taken from a face?")
        loss = PRIOR * c.square().mean()
        for name, target in targets.items():
            vector = eye(name).see(jittered(image, places[name], eye(name).side, rng))[0]
            loss = loss + PULL[name] * _difference(name, vector, target)
        for attribute, reader in readers.items():
            missing = goals[attribute] - reader[:-1] @ offset - reader[-1]
            loss = loss + HOLD * missing.square()
        if age is not None:
            looks = years(jittered(image, places["faceres"], eye("faceres").side, rng))[0]
            loss = loss + AGE * ((looks - age) / DECADE).square()
        adam.param_groups[0]["lr"] = RATE * (1 + math.cos(math.pi * step / steps)) / 2
        adam.zero_grad()
        loss.backward()
        adam.step()
    return (mean + c.detach() @ basis).numpy()


def seen(landmarks: Landmarks) -> dict[str, float]:
    """Smile and yaw of a picture's face in standard deviations over faces."""
    values = measured(landmarks)
    return {
        name: float((value - asset()[f"seen.{name}"][0]) / asset()[f"seen.{name}"][1])
        for name, value in values.items()
    }


def settle(w: W, wanted: Mapping[str, float]) -> W:
    """`hold`, held the more where the picture shows less: smile, yaw (deviations), age (years).

    ROUNDS pictures, .4 s each. A goal stays within FARTHEST of what is wanted, and the last face
    that the detector still sees is returned.
    """
    goals, settled = dict(wanted), w
    for _ in range(ROUNDS if wanted else 0):
        changed = hold(w, **goals)
        rgb = render(changed, QUICK)
        face = main_face(rgb)
        if face is None:
            break
        settled = changed
        shown = {**seen(face.landmarks), "age": look_age(rgb, face.landmarks)}
        for name, value in wanted.items():
            goal = goals[name] + value - shown[name]
            goals[name] = float(np.clip(goal, value - FARTHEST[name], value + FARTHEST[name]))
    return settled


def _difference(name: str, vector: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """What two vectors of a recogniser differ by, on its own scale: 1 - cosine, or distance^2."""
    if name == "dlib":
        return (vector - wanted).square().sum()
    return 1 - F.cosine_similarity(vector, wanted, dim=0)


def vary(w: W, seed: int, amount: float = 0.5, kept: Collection[str] = ()) -> W:
    """Another picture of the same person: what embeddings don't tell is drawn again.

    Adds `amount` of a random residual, the part of style that identity does not predict: hair,
    surroundings, light; and as much again of a smile and a turn of the head, which a residual of
    hundreds of numbers holds too little of to be seen. What `read` says of the attributes `kept`
    stays.
    """
    rng = np.random.default_rng(seed)
    residuals = asset()["residuals"]
    residual = rng.standard_normal(len(residuals)).astype(np.float32) @ residuals
    smile, yaw = np.clip(rng.standard_normal(2), -MOST, MOST)
    varied = shift(w + np.float32(amount) * residual, smile=amount * smile, yaw=amount * yaw)
    return hold(varied, **{name: read(w, name) for name in kept})


def shift(w: W, **attributes: float) -> W:
    """`w` with smile, yaw (to the viewer's right) or light raised by so many deviations."""
    for name, amount in attributes.items():
        w = w + np.float32(amount) * asset()[name]
    return w


def read(w: W, name: str) -> float:
    """Smile or yaw of a style in standard deviations over faces, age in years: a linear guess."""
    reader = asset()[f"read.{name}"]
    return float((w - mean_w()) @ reader[:-1] + reader[-1])


def hold(w: W, **attributes: float) -> W:
    """`w` with what `read` says of these attributes brought to these values, all at once."""
    if not attributes:
        return w
    missing = [value - read(w, name) for name, value in attributes.items()]
    changes = np.stack([asset()[name] for name in attributes])
    readers = np.stack([asset()[f"read.{name}"][:-1] for name in attributes])
    amounts = np.linalg.solve(readers @ changes.T, np.array(missing, np.float32))
    return w + (amounts @ changes).astype(np.float32)


def quick_image(w: torch.Tensor) -> torch.Tensor:
    """The picture of style `w` at 256 px, -1..1, shape 1 x 3 x 256 x 256, differentiable."""
    head = torch.from_numpy(asset()["head"])
    return F.conv2d(_features()(w[None])[0], head[:-1].T[:, :, None, None], head[-1])


@cache
def _features() -> Graph:
    return Graph(weight("synthesis-xml"), weight("synthesis-bin"), [FEATURES])
