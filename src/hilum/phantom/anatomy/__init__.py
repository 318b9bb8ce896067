"""What a chest is made of: outlines from a Build, each in chest units."""
