"""An invisible watermark of 32 bits: 16 that are always the same, 16 of the condition's digest.

RivaGAN (Zhang et al. 2019, "Robust Invisible Video Watermarking with Attention") is run on the
picture reduced to SIDE pixels, and what it changes is enlarged and added to the picture: so the
mark is the same at every size, and a picture that was made larger or smaller still carries it.

Measured on 54 pictures (512 and 1024 px, other shapes, photo, pencil, watercolour, oil): 42.5 dB
from the unmarked one; read again of 53 as saved, after JPEG 95 and 75, WebP 80, half size and back,
a crop of 10 %, a fifth brighter, a screenshot, a turn of 2 degrees; of 52 after JPEG 50, 51 a third
darker, 37 after a crop of 25 %, none mirrored. A dense lattice does not carry it, nor one flat
colour. Of 569 real photos none seemed to; over 20,000 words in the place of MARK .026 % did, as
many as of random bits. Enlarged, plain light surfaces show a faint tint: at a weaker mark, which
shows less, JPEG 50 takes a third of the marks away.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from albumen.generate.session import one_thread_session

MARK = 0xA1BE  # the bits that say that Albumen wrote the picture
DIGITS = 4  # hex digits of the condition's digest in the other bits
SIDE = 256  # pixels of the shortest side at which it is written and read
LONGEST = 4 * SIDE
MOST_WRONG = 1  # bits of MARK; at most so many are wrong in 17 of 65,536 random words
MOST_APART = 2  # bits of the digits; at most so many differ in 137 of 65,536 random pairs
MIDDLE = 0.5  # of what the decoder gives for a 0 and for a 1


class Mark(NamedTuple):
    """What was read from a picture's pixels."""

    found: bool
    wrong: int  # bits of MARK, 0..16; by chance 8
    digits: str  # the first hex digits of the condition's digest, as read: a bit may be wrong

    def agrees(self, condition: str) -> bool:
        """Whether the digits are those of this digest, but for MOST_APART bits."""
        apart = int(self.digits, 16) ^ int(condition[:DIGITS], 16)
        return self.found and apart.bit_count() <= MOST_APART


def write_mark(image: UInt8[np.ndarray, "h w 3"], condition: str) -> UInt8[np.ndarray, "h w 3"]:
    """The picture with the mark of the condition whose digest this is: some 42 dB from `image`.

    Same picture and digest, same pixels.
    """
    small = _reduced(image)
    bits = np.float32([*_bits(MARK), *_bits(int(condition[:DIGITS], 16))])
    (marked,) = one_thread_session("rivagan-encoder").run(
        None, {"frame": _frame(small), "data": bits[None]}
    )
    change = (marked - _frame(small))[0, ::-1, 0].transpose(1, 2, 0) * 127.5
    change = cv2.resize(change, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(np.rint(image + change), 0, 255).astype(np.uint8)


def read_mark(image: UInt8[np.ndarray, "h w 3"]) -> Mark:
    """The mark in a picture, or what is read where there is none."""
    (values,) = one_thread_session("rivagan-decoder").run(None, {"frame": _frame(_reduced(image))})
    bits = np.packbits(values[0] > MIDDLE).tobytes()
    wrong = (int.from_bytes(bits[:2]) ^ MARK).bit_count()
    return Mark(wrong <= MOST_WRONG, wrong, bits[2:].hex())


def _bits(word: int) -> Bool[np.ndarray, "16"]:
    return np.unpackbits(np.frombuffer(word.to_bytes(2), np.uint8)).astype(bool)


def _reduced(image: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "s t 3"]:
    """The picture with a shortest side of SIDE pixels, and no side longer than LONGEST."""
    scale = SIDE / min(image.shape[:2])
    size = [min(max(round(side * scale), SIDE), LONGEST) for side in image.shape[1::-1]]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, size, interpolation=way)


def _frame(image: UInt8[np.ndarray, "s t 3"]) -> Float[np.ndarray, "1 3 1 s t"]:
    """As the networks take it: blue first, -1..1, one frame of a film."""
    scaled = image[..., ::-1].astype(np.float32) / 127.5 - 1
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None, :, None])
