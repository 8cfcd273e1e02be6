# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""nginx and Redis on loopback, as Debian packages them, and the keys of a fleet."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

NGINX, DAV_EXT = "/usr/sbin/nginx", "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so"
REDIS = "/usr/bin/redis-server"


def missing():
    """Why the servers cannot be started; empty if they can."""
    for path in (NGINX, DAV_EXT, REDIS):
        if not os.path.exists(path):
            return f"{path} is not installed"
    return ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self):
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="weir_server_")
        self.process = None

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        for _ in range(1000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        with open(os.path.join(self.folder, "log")) as log:
            raise RuntimeError(f"{self.command()[0]} did not start:\n{log.read()}")

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait()
            self.process = None

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.remove()


class Nginx(Server):
    def __init__(self):
        super().__init__()
        self.files = os.path.join(self.folder, "files")
        os.mkdir(self.files)
        user = "user root;\n" if os.geteuid() == 0 else ""
        temporary = "".join(f" {kind}_temp_path {self.folder}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(os.path.join(self.folder, "nginx.conf"), "w") as conf:
            conf.write(f"""load_module {DAV_EXT};
daemon off;
master_process off;
{user}pid {self.folder}/pid;
error_log {self.folder}/error.log;
events {{ worker_connections 512; }}
http {{
 access_log off;
{temporary} dav_ext_lock_zone zone=weir:4m timeout=60;
 server {{
  listen 127.0.0.1:{self.port};
  root {self.files};
  client_max_body_size 300m;
  location / {{
   dav_methods PUT DELETE MKCOL;
   create_full_put_path on;
   dav_ext_methods OPTIONS LOCK UNLOCK;
   dav_ext_lock zone=weir;
  }}
 }}
}}
""")

    def command(self):
        return [NGINX, "-p", self.folder, "-c", os.path.join(self.folder, "nginx.conf"),
                "-e", os.path.join(self.folder, "error.log")]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"


class Redis(Server):
    def command(self):
        return [REDIS, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder,
                "--save", "3600", "1"]

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"


def fleet_keys(folder):
    """A folder of keys with one shared secret, 'fleet', that signs and is trusted: for WEIR_KEY_DIR."""
    secret = secrets.token_hex(32)
    os.makedirs(os.path.join(folder, "trusted"), mode=0o700)
    for name in ("fleet.shared", "trusted/fleet.shared"):
        descriptor = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"weir-shared-key blake2b {secret}\n")
    return folder
