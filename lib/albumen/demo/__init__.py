"""The demo library: real photos out of packages, dealt to three owners, and simulated families."""

from albumen.demo.assemble import assemble_libraries as assemble
from albumen.demo.assemble import left_out

__all__ = ["assemble", "left_out"]
