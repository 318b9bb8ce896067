"""The door: images in by DICOM, DICOMweb, HTTP or a folder, each stored before it is answered for, read, and sent on.

`hilum serve` is its command. The whole package needs the extra `hilum[serve]`, so that its files import FastAPI,
pynetdicom and the others as ordinary modules, and nothing outside imports it before it is asked for.
"""
