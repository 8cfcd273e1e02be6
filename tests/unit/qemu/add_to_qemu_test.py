#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""add_to_qemu_test.py ADD_TO_QEMU: on a tree with the places that it looks for, and on others."""
import pathlib
import subprocess
import sys
import tempfile

FILES = {
    "net/filter.c": "",
    "net/meson.build": "system_ss.add(files('a.c'))\n\nif have_l2tpv3\n  x\nendif\n",
    "meson.build": "x\n#################\n# config-host.h #\n#################\n"
                   "config_host_data.set('CONFIG_EBPF', libbpf.found())\nsummary_info += {'bpf support':  libbpf}\n",
    "meson_options.txt": "option('bpf', type : 'feature', value : 'auto',\n        description: 'eBPF support')\n",
    "scripts/meson-buildoptions.sh": "  printf \"%s\\n\" '  bpf             eBPF support'\n"
                                     "    --enable-bpf) printf \"%s\" -Dbpf=enabled ;;\n"
                                     "    --disable-bpf) printf \"%s\" -Dbpf=disabled ;;\n",
    "qapi/qom.json": "##\n# @FilterMirrorProperties:\n#\n##\n    'filter-dump',\n"
                     "      'filter-dump':                'FilterDumpProperties',\n",
    "system/vl.c": "        g_str_equal(type, \"filter-dump\") ||\n        g_str_equal(type, \"x\")) {\n",
}


def make(folder, leave_out=None):
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if name == leave_out else text)


def snapshot(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def run(tool, *args):
    return subprocess.run([sys.executable, tool, *map(str, args)], capture_output=True, text=True)


def main():
    tool = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        make(tree)
        first = run(tool, tree)
        assert first.returncode == 0, first.stderr
        once = snapshot(tree)
        assert "filter-ebpf.c" in once["net/meson.build"] and "FilterEbpfProperties" in once["qapi/qom.json"]
        assert '"filter-ebpf"' in once["system/vl.c"] and "--enable-weir" in once["scripts/meson-buildoptions.sh"]
        assert "option('weir'" in once["meson_options.txt"] and "CONFIG_WEIR" in once["meson.build"]
        assert run(tool, tree).returncode == 0
        assert snapshot(tree) == once, "a second run changed something"
    for missing in FILES:
        if missing == "net/filter.c":
            continue
        with tempfile.TemporaryDirectory() as name:
            tree = pathlib.Path(name)
            make(tree, leave_out=missing)
            before = snapshot(tree)
            refused = run(tool, tree)
            assert refused.returncode == 1 and missing in refused.stderr, (missing, refused.stderr)
            assert snapshot(tree) == before, f"half a change where {missing} is unknown"
    with tempfile.TemporaryDirectory() as name:
        refused = run(tool, name)
        assert refused.returncode == 1 and "no QEMU source tree" in refused.stderr
    assert run(tool).returncode == 64


if __name__ == "__main__":
    main()
