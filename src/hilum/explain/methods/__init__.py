"""The explainers: `name(model, image, findings=None, scale=to_unit) -> (B, K, h, w)`, each value in [0, 1].

`findings` are positions among the model's outputs, all of them when left out. Maps lie on the cells of the model's
feature maps, or on the pixels of the image, then with its own height and width. `scale` makes evidence, of which more
raises the finding's logit, a map in [0, 1] (`hilum.explain.scale`). A model that is no `ImageView` is refused.
"""
