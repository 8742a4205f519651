"""Fit what the portrait generator adds to its network: `python -m albumen.generate.fit_portrait`.

Draws SAMPLES faces that do not exist, looks at them with the detector and the recognisers, and
writes `assets/portrait.safetensors`. No photo takes part. Some ten minutes on one core; the same
package versions give the same file, which is why it is shipped rather than fitted by every user.

Tensors of the file, k principal components, d numbers of an embedding:
  head             129 x 3    RGB of the network's features at 256 px (last row: the constant)
  components       k x 512    principal components of style, scaled to one standard deviation
  ridge.<names>    d+1 x 512  embeddings of these recognisers, in this order, to style minus mean
  residuals        k x 512    what style varies by once identity is known, as components above
  smile, yaw, light, age  512  the likeliest change that raises each by one standard deviation
  read.<name>      513        style minus mean to smile and yaw in deviations, to age in years
  seen.<name>      2          mean and standard deviation of smile and yaw as measured on a picture
  dlib.length      1          mean length of dlib's vectors, which a mean of vectors falls short of
  faceres.mean     1024       mean of FaceRes' unit vectors
  faceres.components  k x 1024  orthonormal: a ridge takes FaceRes' vectors in them, less the mean
"""

import argparse
import json
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import openvino
from jaxtyping import Float, Float32, UInt8
from safetensors.numpy import save_file

from albumen.faces.networks import RECOGNISERS, Face, main_face
from albumen.generate.eyes import age, faceres, measured
from albumen.generate.stylegan import (
    ASSET,
    FEATURES,
    FEATURES_SIDE,
    ONE_THREAD,
    mean_w,
    sample_w,
    to_pixels,
)
from albumen.progress import Progress
from albumen.tables import whole_file
from albumen.threads import pin_threads
from albumen.weights import weight

SAMPLES = 1200  # twice as many predict style no better
FIRST_SEED = 1_000_000  # apart from the seeds of pictures and simulated people
HEAD_SAMPLES = 48  # 65,536 pixels each
HEAD_SHRINKAGE = 1e-6
STYLE_SAMPLES = 8192
COMPONENTS = 256
RESIDUALS = 128
FACERES = 64  # components of its vectors: more predict style no better
# recognisers to the penalty on coefficients
RIDGES = {("sface",): 2.0, ("sface", "dlib"): 1.5, ("sface", "faceres"): 1.5}
ATTRIBUTE_PENALTY = 30.0
READ = ("smile", "yaw", "age")
READ_PENALTY = 100.0  # over whitened components

Samples = dict[str, np.ndarray]


def fit_portrait(samples: int, into: Path) -> Iterator[Progress]:
    """Fit everything and write the asset to `into`; yields progress over the samples."""
    head = fit_head(HEAD_SAMPLES)
    drawn: list[Samples] = []
    for index in range(samples):
        one = draw(FIRST_SEED + index, head)
        if one is not None:
            drawn.append(one)
        yield Progress(index + 1, samples, f"{len(drawn)} faces")
    write_asset(head, drawn, into)


def write_asset(head: Float32[np.ndarray, "129 3"], drawn: list[Samples], into: Path) -> None:
    """Fit everything to the drawn faces and write it, with what it was made from and with."""
    faces = {name: np.stack([one[name] for one in drawn]) for name in drawn[0]}
    tensors = {"head": head, **fit_styles(faces)}
    made = {
        "by": "albumen.generate.fit_portrait, from generated faces alone: no photo took part",
        "faces": len(drawn),
        "held-out R2": held_out(faces),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "openvino", "opencv-python-headless")},
    }
    metadata = {"made": json.dumps(made)}  # one entry: safetensors writes several in any order
    with whole_file(into) as part:
        save_file({name: np.ascontiguousarray(t) for name, t in tensors.items()}, part, metadata)


def fit_head(samples: int) -> Float32[np.ndarray, "129 3"]:
    """Least squares from the features at 256 px to the finished picture, averaged to 256 px."""
    network = _network(with_picture=True)
    gram, product = np.zeros((129, 129)), np.zeros((129, 3))
    for w in sample_w(range(FIRST_SEED, FIRST_SEED + samples)):
        features, image = (np.array(value)[0].astype(float) for value in network(w[None]).values())
        rows = np.concatenate([features.reshape(128, -1), np.ones((1, FEATURES_SIDE**2))])
        scale = image.shape[-1] // FEATURES_SIDE
        target = image.reshape(3, FEATURES_SIDE, scale, FEATURES_SIDE, scale).mean((2, 4))
        gram += rows @ rows.T
        product += rows @ target.reshape(3, -1).T
    penalty = HEAD_SHRINKAGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    return np.linalg.solve(gram + penalty, product).astype(np.float32)


def draw(seed: int, head: Float32[np.ndarray, "129 3"]) -> Samples | None:
    """One face: style, embeddings and attributes; None where the detector sees no face."""
    w = sample_w([seed])[0]
    features = _network(with_picture=False)(w[None])[0][0]
    image = np.tensordot(head[:-1].T, features, 1) + head[-1][:, None, None]
    rgb = to_pixels(image, FEATURES_SIDE)
    face = main_face(rgb)
    if face is None:
        return None
    embeddings = {name: RECOGNISERS[name](rgb, face.landmarks) for name in ("sface", "dlib")}
    embeddings["faceres"] = faceres(rgb, face.landmarks)
    return {"w": w, **embeddings, **attributes(rgb, face)}


def attributes(rgb: UInt8[np.ndarray, "h w 3"], face: Face) -> dict[str, float | np.floating]:
    """Smile and yaw (`eyes.measured`), light (brightness) and age."""
    x, y, w, h = np.maximum(face.box, 0).astype(int)
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[y : y + h, x : x + w]
    return {
        **measured(face.landmarks),
        "light": luma.mean() / 255,
        "age": age(rgb, face.landmarks),
    }


def fit_styles(faces: Samples) -> dict[str, np.ndarray]:
    """Ridges, components, attribute directions and readers, in half precision."""
    offsets = faces["w"] - mean_w()
    many = sample_w(range(FIRST_SEED, FIRST_SEED + STYLE_SAMPLES)) - mean_w()
    styles = components(many, COMPONENTS)
    faces, projection = project(faces)
    ridges = {names: fit_ridge(stack(faces, names), offsets, a) for names, a in RIDGES.items()}
    residuals = offsets - predict(ridges["sface", "dlib"], stack(faces, ("sface", "dlib")))
    fitted = {
        "components": styles,
        "residuals": components(residuals, RESIDUALS),
        **{f"ridge.{'.'.join(names)}": ridge for names, ridge in ridges.items()},
        **{name: direction(residuals, faces[name]) for name in ("smile", "yaw", "light", "age")},
        **{f"read.{name}": reader(name, offsets, faces[name], styles) for name in READ},
        **{
            f"seen.{name}": np.array([faces[name].mean(), faces[name].std()])
            for name in ("smile", "yaw")
        },
        "dlib.length": np.linalg.norm(faces["dlib"], axis=1).mean(keepdims=True),
        **projection,
    }
    return {name: tensor.astype(np.float16) for name, tensor in fitted.items()}


def project(faces: Samples) -> tuple[Samples, Samples]:
    """The faces with FaceRes' vectors in FACERES principal components; these and the mean."""
    centre = faces["faceres"].mean(0)
    rows = components(faces["faceres"], FACERES)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    projected = (faces["faceres"] - centre) @ rows.T
    return {**faces, "faceres": projected}, {"faceres.mean": centre, "faceres.components": rows}


def reader(
    name: str,
    offsets: Float[np.ndarray, "n 512"],
    values: Float[np.ndarray, "n"],
    styles: Float[np.ndarray, "k 512"],
) -> Float[np.ndarray, "513"]:
    """A linear guess of an attribute from style; the last number is the constant."""
    if name != "age":  # which has a unit of its own
        values = (values - values.mean()) / values.std()
    inverse = (styles / np.square(styles).sum(1, keepdims=True)).T
    ridge = fit_ridge(offsets @ inverse, values[:, None], READ_PENALTY)[:, 0]
    return np.append(inverse @ ridge[:-1], ridge[-1])


def stack(faces: Samples, names: tuple[str, ...]) -> Float[np.ndarray, "n d"]:
    """The embeddings of several recognisers side by side."""
    return np.concatenate([faces[name] for name in names], axis=1).astype(float)


def fit_ridge(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n k"], penalty: float
) -> Float[np.ndarray, "d1 k"]:
    """Ridge regression; the last row is the constant, which bears no penalty."""
    centre_x, centre_y = x.mean(0), y.mean(0)
    x = x - centre_x
    slope = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ (y - centre_y))
    return np.concatenate([slope, (centre_y - centre_x @ slope)[None]])


def predict(
    ridge: Float[np.ndarray, "d1 k"], x: Float[np.ndarray, "n d"]
) -> Float[np.ndarray, "n k"]:
    """What `fit_ridge` predicts: style minus mean, for embeddings side by side."""
    return x @ ridge[:-1] + ridge[-1]


def components(x: Float[np.ndarray, "n p"], count: int) -> Float[np.ndarray, "k p"]:
    """Principal components, the largest first, each as long as its standard deviation.

    A component's sign is arbitrary and differs between numerical libraries: its largest entry is
    made positive.
    """
    values, vectors = np.linalg.eigh(np.cov(x.T))
    rows = (vectors * np.sqrt(np.maximum(values, 0))).T[::-1][:count]
    signs = np.sign(rows[np.arange(count), np.abs(rows).argmax(1)])
    return rows * signs[:, None]


def direction(
    residuals: Float[np.ndarray, "n 512"], values: Float[np.ndarray, "n"]
) -> Float[np.ndarray, "512"]:
    """The likeliest change of style, identity kept, that raises `values` by one deviation."""
    z = (values - values.mean()) / values.std()
    slope = fit_ridge(residuals, z[:, None], ATTRIBUTE_PENALTY)[:-1, 0]
    change = np.cov(residuals.T) @ slope
    return change / (slope @ change)


def held_out(faces: Samples) -> dict[str, float]:
    """Share of style's variance that each ridge predicts on a tenth of the faces left out."""
    offsets = faces["w"] - mean_w()
    faces, _ = project(faces)
    split = len(offsets) * 9 // 10
    explained = {}
    for names, penalty in RIDGES.items():
        x = stack(faces, names)
        error = predict(fit_ridge(x[:split], offsets[:split], penalty), x[split:]) - offsets[split:]
        spread = offsets[split:] - offsets[:split].mean(0)
        r2 = 1 - (error**2).mean() / (spread**2).mean()
        explained["+".join(names)] = round(float(r2), 4)
    return explained


@cache
def _network(with_picture: bool) -> openvino.CompiledModel:
    """Style to the features at 256 px, and on request to the finished picture too."""
    model = openvino.Core().read_model(weight("synthesis-xml"), weight("synthesis-bin"))
    nodes = {node.get_friendly_name(): node for node in model.get_ordered_ops()}
    outputs = [nodes[FEATURES].output(0)]
    if with_picture:
        outputs.append(model.get_results()[0].input_value(0))
    tapped = openvino.Model(outputs, model.get_parameters(), "tapped")
    return openvino.Core().compile_model(tapped, "CPU", ONE_THREAD)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the portrait generator's shipped asset.")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="faces drawn")
    parser.add_argument("--into", type=Path, default=ASSET, help="the file written")
    arguments = parser.parse_args()
    pin_threads(1)
    for progress in fit_portrait(arguments.samples, arguments.into):
        if progress.done % 100 == 0:
            print(f"{progress.done} of {progress.total}: {progress.what}")


if __name__ == "__main__":
    main()
