"""Networks: timm trunks, our poolings and heads."""
