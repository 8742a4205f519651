"""Diffusion models behind the generator's interface: references leave as embeddings or as pictures.

A condition becomes words (`wording`, without names) and references. Stable Diffusion 1.5 and XL see
those through an IP-Adapter (Ye et al. 2023, arXiv:2308.06721): a photo is encoded once
(`embeddings`), and from then on neither the photo nor the image encoder is needed. FLUX.2 [klein]
takes several photos as they are. `generators` holds the two, `models` what they load.
"""
