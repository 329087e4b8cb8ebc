"""The files of the tree, for the lint: what is built, private or bad on purpose is left out."""
import os

SKIP = {"build", ".git", "__pycache__", ".clnrm"}
BAD_ON_PURPOSE = os.path.join("tests", "lint", "selftest")


def files(*ends):
    """All files below the working directory, sorted; with ends only those that end so."""
    found = []
    for folder, below, names in os.walk("."):
        folder = os.path.relpath(folder)
        below[:] = [d for d in below
                    if d not in SKIP and os.path.normpath(os.path.join(folder, d)) != BAD_ON_PURPOSE]
        found += [os.path.normpath(os.path.join(folder, n)) for n in names if n not in SKIP]
    return sorted(f for f in found if not ends or f.endswith(ends))
