"""Sentences that must read the same wherever they stand."""

HEAT_NOTE = (
    "The colors run from clear (no more evidence than the image's average place) to bright (the strongest place of "
    "that map); each map has its own scale, so maps are not comparable in strength, and an image without the finding "
    "has a strongest place too. How sure the model is stands in the probability. A heatmap shows what moved the model, "
    "not where disease is."
)
SIDE_NOTE = (
    "Images are shown as stored: in the usual PA and AP display the patient's left is at the right of the image. "
    "Trust the side marker in the image."
)
NO_LUNGS_NOTE = (
    "No lung was found on this image: nothing is called present or absent. Operating points were fitted on chests."
)
