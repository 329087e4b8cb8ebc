#!/usr/bin/python3
"""oci.py layout ROOT - an OCI layout at ./layout (and one for another machine at ./foreign, and one of as many
layers as there may be at ./tall), made by hand.

Facts: OCI image specification 1.0 (image-layout.md, manifest.md, config.md, layer.md). The first layer is
the directory ROOT with a few things more, gzip; the second and third change it: a whiteout, an opaque
directory, a file below a link of the first.
"""
import gzip
import hashlib
import io
import json
import os
import platform
import sys
import tarfile


def tar_of(entries, root=None):
    buf = io.BytesIO()
    with tarfile.open(fileobj=buf, mode="w", format=tarfile.PAX_FORMAT) as t:
        if root:
            t.add(root, arcname=".")
        for name, kind, what in entries:
            info = tarfile.TarInfo(name)
            info.mode, info.mtime = 0o755, 1600000000
            data = None
            if kind == "file":
                data = what.encode()
                info.size = len(data)
            elif kind == "link":
                info.type, info.linkname = tarfile.SYMTYPE, what
            else:
                info.type = tarfile.DIRTYPE
            t.addfile(info, io.BytesIO(data) if data is not None else None)
    return buf.getvalue()


def blob(place, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(place, "blobs/sha256", digest), "wb") as f:
        f.write(data)
    return "sha256:" + digest


def descriptor(place, kind, data):
    return {"mediaType": kind, "digest": blob(place, data), "size": len(data)}


def layout(place, layers, machine):
    os.makedirs(os.path.join(place, "blobs/sha256"))
    packed = [gzip.compress(layer, mtime=0) for layer in layers]
    config = {"architecture": machine, "os": "linux",
              "config": {"Env": ["PATH=/opt/bin:/bin", "GREETING=hello world", "TZ=Mars/Base", "CLNRM_STEP=evil"],
                         "User": "app", "WorkingDir": "/srv/app", "Entrypoint": ["/bin/sh"]},
              "rootfs": {"type": "layers",
                         "diff_ids": ["sha256:" + hashlib.sha256(x).hexdigest() for x in layers]}}
    manifest = {"schemaVersion": 2,
                "config": descriptor(place, "application/vnd.oci.image.config.v1+json", json.dumps(config).encode()),
                "layers": [descriptor(place, "application/vnd.oci.image.layer.v1.tar+gzip", x) for x in packed]}
    found = descriptor(place, "application/vnd.oci.image.manifest.v1+json", json.dumps(manifest).encode())
    found["platform"] = {"os": "linux", "architecture": machine}
    with open(os.path.join(place, "index.json"), "w", encoding="utf-8") as f:
        json.dump({"schemaVersion": 2, "manifests": [found]}, f)
    with open(os.path.join(place, "oci-layout"), "w", encoding="utf-8") as f:
        json.dump({"imageLayoutVersion": "1.0.0"}, f)


def main():
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    first = tar_of([("usr/lib", "dir", ""), ("lib", "link", "usr/lib"), ("gone", "file", "x"),
                    ("opaque", "dir", ""), ("opaque/old", "file", "x"), ("lib/foo", "file", "first")], sys.argv[2])
    second = tar_of([(".wh.gone", "file", ""), ("lib/foo", "file", "over")])
    third = tar_of([("opaque/.wh..wh..opq", "file", ""), ("opaque/new", "file", "x")])
    layout("layout", [first, second, third], machine)
    layout("foreign", [second], "s390x")
    layout("tall", [first] + [tar_of([(f"n{i}", "file", "x")]) for i in range(126)], machine)


if __name__ == "__main__" or sys.argv[0] == "oci.py":
    main()
