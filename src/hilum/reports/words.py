"""Sentences that must read the same wherever they stand."""

HEAT_NOTE = (
    "The colors run from no evidence (clear) to the strongest place of that map (bright); each map has its own scale, "
    "so maps are not comparable in strength. How sure the model is stands in the probability. A heatmap shows what "
    "moved the model, not where disease is."
)
SIDE_NOTE = (
    "Images are shown as stored: in the usual PA and AP display the patient's left is at the right of the image. "
    "Trust the side marker in the image."
)
