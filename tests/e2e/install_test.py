#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""install_test.py BUILD SOURCE: what an installed weir gives to people who build hosts.

Installs the build into a folder of its own; compiles the example hosts as their comments say, with pkg-config
and with find_package; runs them; looks at what the library needs.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

FRAME_TO_ANYWHERE = "00" * 12 + "0800" + "45" + "00" * 15 + "09090909" + "00" * 20
FRAME_TO_BLOCKED = "00" * 12 + "0800" + "45" + "00" * 15 + "01010101" + "00" * 20

CPP_HOST = r"""
#include <cstdio>
#include <weir.hpp>
int main(int, char** argv) {
  weir::host::Host host;
  try {
    weir::host::Program(host, "/nonexistent");
    return 1;
  } catch (const weir::host::Failure& why) {
    if (std::string(why.what()).find("/nonexistent") == std::string::npos) return 2;
  }
  weir::host::Program program(host, argv[1]);
  weir::host::Worker worker(host);
  weir::host::Filter filter(host, {0, "xdp", WEIR_DROP_IT, WEIR_UNSET, WEIR_UNSET, 0, 0, 0, 0});
  const uint32_t link = filter.attach(program);
  uint8_t frame[64] = {};
  weir_packet packet = {};
  packet.data = frame;
  packet.size = sizeof frame;
  if (filter.run(worker, &packet, 1) != 1 || filter.counts().packets != 1 || filter.links().size() != 1) return 3;
  if (!program.map(argv[2]) || program.map("no_such_map")) return 4;
  filter.detach(link);
  filter.rollback();
  std::printf("ok %s\n", program.engine().c_str());
}
"""

CMAKE_PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(host LANGUAGES C)
find_package(weir 0.1 REQUIRED)
add_executable(host filter.c)
target_link_libraries(host PRIVATE weir::weir)
"""


def run(*args, **options):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, args))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(condition, what):
    if not condition:
        raise SystemExit(what)


def main():
    build, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    examples = source / "tools/examples"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prefix = folder / "prefix"
        run("cmake", "--install", build, "--prefix", prefix)
        library = next(prefix.glob("lib*/**/libweir.so.1"))
        needs = run("ldd", library)
        check("LLVM" not in needs and "libstdc++" in needs, f"libweir.so needs:\n{needs}")
        exported = [line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines()]
        check(all(n.startswith(("weir_", "WEIR_")) for n in exported), f"libweir.so gives away: {exported}")

        env = dict(os.environ, PKG_CONFIG_PATH=str(library.parent / "pkgconfig"),
                   LD_LIBRARY_PATH=str(library.parent))
        env.pop("WEIR_CACHE_DIR", None)
        env["XDG_CACHE_HOME"] = str(folder / "cache")
        flags = run("pkg-config", "--cflags", "--libs", "weir", env=env).split()

        # Hosts in C.
        for host in ("filter", "events"):
            run("cc", "-Wall", "-Wextra", "-Werror", examples / f"embed/{host}.c", *flags, "-o", folder / host)
        weir = prefix / "bin/weir"
        clang = shutil.which("clang-19")
        objects = {"ip_dst": "filters/ip_dst", "importance": "embed/importance", "count": "kernel/count"}
        for program, path in objects.items():
            run(clang, "-target", "bpf", "-O2", "-g", "-mcpu=v3", f"-I/usr/include/{os.uname().machine}-linux-gnu",
                "-c", examples / f"{path}.bpf.c", "-o", folder / f"{program}.o")
        run(weir, "compile", folder / "ip_dst.o", "-o", folder / "ip_dst.weir", env=env)
        frames = f"{FRAME_TO_ANYWHERE}\n{FRAME_TO_BLOCKED}\nreload\n{FRAME_TO_BLOCKED}\n00\n"
        wanted = "pass, 54 bytes\ndrop, 54 bytes\ndrop, 54 bytes\npass, 1 bytes\n4 packets, 2 dropped\n"
        for program in ("ip_dst.o", "ip_dst.weir"):
            out = run(folder / "filter", "ip", folder / program, input=frames, env=env)
            check(out == wanted, f"filter {program}: {out}")
        out = run(folder / "events", folder / "importance.o", input="well\nAn ERROR\nI warn you\n", env=env)
        check(out == "2 <3> An ERROR\n3 <4> I warn you\n2 of 3 lines\n", f"events: {out}")

        # In C++, and with CMake.
        (folder / "host.cpp").write_text(CPP_HOST)
        run("c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", folder / "host.cpp", *flags, "-o", folder / "host")
        out = run(folder / "host", folder / "count.o", "protocols", env=env)
        check(out == "ok interp\n", out)
        project = folder / "project"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(CMAKE_PROJECT)
        shutil.copy(examples / "embed/filter.c", project)
        run("cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", project / "build")
        out = run(project / "build/host", "ip", folder / "ip_dst.o", input=frames, env=env)
        check(out == wanted, out)

        # Manual and completion, made of the same text as --help.
        page = (prefix / "share/man/man1/weir-compile.1").read_text()
        check("Optimisation level" in page and "Optimisation level" in run(weir, "compile", "--help"), page)
        completion = prefix / "share/bash-completion/completions/weir"
        out = run("bash", "-c", f"source {completion}; COMP_WORDS=(weir cache p) COMP_CWORD=2; _weir; echo $COMPREPLY")
        check(out == "prune\n", f"completion of 'weir cache p': {out}")
    print("ok")


if __name__ == "__main__":
    main()
