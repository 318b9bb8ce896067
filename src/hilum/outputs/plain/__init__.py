"""Documents that are no DICOM objects."""
