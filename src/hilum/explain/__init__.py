"""Where it looked: class activation, Grad-CAM, occlusion, attributions."""
