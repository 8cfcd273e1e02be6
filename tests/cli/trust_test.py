# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Keys, signatures and host policies, as users see them."""

import json
import os

from harness import CommandTest, FAILED, USAGE, main, needs_compiler


class KeyTest(CommandTest):
    def test_generate_and_list(self):
        made = self.ok("key", "generate", "alice", "--json").json
        self.assertEqual((made["name"], made["kind"], made["trusted"]), ("alice", "ed25519", False))
        secret = self.path("config/weir/keys/alice.key")
        self.assertEqual(os.stat(secret).st_mode & 0o777, 0o600)
        self.ok("key", "generate", "--shared", "--trust", "fleet")
        listed = {key["name"]: key for key in self.ok("key", "list", "--json").json["keys"]}
        self.assertEqual(listed["alice"]["id"], made["id"])
        self.assertEqual((listed["alice"]["signs"], listed["alice"]["trusted"]), (True, False))
        self.assertEqual((listed["fleet"]["signs"], listed["fleet"]["trusted"]), (True, True))
        text = self.ok("key", "list").out
        self.assertRegex(text, rf"alice +ed25519 +{made['id']}  signs\n")
        self.assertRegex(text, r"fleet +blake2b +[0-9a-f]{32}  signs, trusted\n")

    def test_the_secret_is_never_shown(self):
        out = "".join(self.ok(*arguments).out for arguments in (
            ["key", "generate", "alice"], ["key", "generate", "bob", "--json"],
            ["key", "generate", "--shared", "fleet"], ["key", "list"], ["key", "list", "--json"]))
        for name in ("alice.key", "bob.key", "fleet.shared"):
            with open(self.path("config/weir/keys/" + name), encoding="ascii") as file:
                digits = file.read().split()[2]
            self.assertEqual(len(digits), 64)
            self.assertNotIn(digits[:12], out)

    def test_a_name_is_taken_once(self):
        self.ok("key", "generate", "alice")
        self.assertIn("already", self.fails(USAGE, "key", "generate", "alice").err)
        for name in ("../alice", "a b", ".", ""):
            self.fails(USAGE, "key", "generate", name)
        self.fails(FAILED, "key", "trust", "nobody")
        self.fails(FAILED, "key", "revoke", "nobody")

    def test_a_key_that_others_may_read_signs_nothing(self):
        self.ok("key", "generate", "alice")
        secret = self.path("config/weir/keys/alice.key")
        os.chmod(secret, 0o644)
        err = self.fails(FAILED, "sign", "--key", "alice", self.file("x.weir", "x")).err
        self.assertIn("others may use the secret key (mode 0644)", err)
        self.assertIn(f"chmod 600 '{secret}'", err)


@needs_compiler
class SignatureTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.program = self.file("answer.s", "r0 = 42\nexit\n")
        self.object = self.path("answer.weir")
        self.ok("key", "generate", "alice")
        self.ok("compile", "--sign-key", "alice", self.program, "-o", self.object)

    def trust_alice(self):
        self.ok("key", "trust", self.path("config/weir/keys/alice.pub"))

    def policy(self, **members):
        return self.file("policy.json", json.dumps(members))

    def test_sign_and_verify(self):
        err = self.fails(FAILED, "verify", "--signature", self.object).err
        self.assertIn("which is not trusted here", err)
        self.trust_alice()
        self.assertRegex(self.ok("verify", "--signature", self.object).out,
                         r"answer.weir: signature of alice \([0-9a-f]{32}\), 20..-..-..T..:..:..Z\n")
        got = self.ok("verify", "--signature", self.object, "--json").json["files"][0]
        self.assertEqual((got["accepted"], got["signatures"][0]["name"]), (True, "alice"))
        self.ok("run", self.object, "--engine", "aot")

    def test_unsigned_and_changed(self):
        self.trust_alice()
        plain = self.path("plain.weir")
        self.ok("compile", self.program, "-o", plain)
        self.assertIn("has no signature", self.fails(FAILED, "verify", "--signature", plain).err)
        with open(self.object, "r+b") as file:
            data = bytearray(file.read())
            at = data.index(b"\xb8\x2a\x00\x00\x00")  # mov eax, 42
            data[at + 1] = 43
            file.seek(0)
            file.write(data)
        err = self.fails(FAILED, "verify", "--signature", self.object).err
        self.assertIn("not over these bytes", err)
        policy = self.policy(require_signature=["file"])
        for engine in ("aot", "auto", "interp", "jit"):
            err = self.fails(FAILED, "run", self.object, "--engine", engine,
                             "--host-policy", policy).err
            self.assertIn("not over these bytes", err)
            err = self.fails(FAILED, "run", plain, "--engine", engine,
                             env={"WEIR_HOST_POLICY": policy}).err
            self.assertIn("has no signature, and the host policy", err)

    def test_an_object_for_several_cpus(self):
        self.trust_alice()
        source = self.file("several.s", "r0 = 0\nexit\n")
        self.ok("compile", source, "--cpu", "x86-64-v2,x86-64-v3", "-o", self.path("several.weir"))
        self.assertIn("has no signature",
                      self.fails(FAILED, "verify", "--signature", self.path("several.weir")).err)
        self.ok("sign", "--key", "alice", self.path("several.weir"))
        got = self.ok("verify", "--signature", self.path("several.weir"), "--json").json["files"][0]
        self.assertEqual([(one["cpu"], one["signatures"][0]["name"]) for one in got["objects"]],
                         [("x86-64-v2", "alice"), ("x86-64-v3", "alice")])
        self.ok("compile", source, "--cpu", "x86-64-v2,x86-64-v3", "--sign-key", "alice", "-o",
                self.path("at_once.weir"))
        self.ok("verify", "--signature", self.path("at_once.weir"))

    def test_sign_again_and_twice(self):
        self.trust_alice()
        self.ok("key", "generate", "--shared", "--trust", "fleet")
        self.ok("sign", "--key", "fleet", self.object)
        self.ok("sign", "--key", "alice", "--valid-for", "30d", self.object)
        got = self.ok("verify", "--signature", self.object, "--json").json["files"][0]
        self.assertEqual([(s["name"], s["kind"], "expires" in s) for s in got["signatures"]],
                         [("alice", "ed25519", True), ("fleet", "blake2b", False)])

    def test_the_same_input_gives_the_same_bytes(self):
        files = []
        for name in ("a.weir", "b.weir"):
            self.ok("compile", "--sign-key", "alice", self.program, "-o", self.path(name),
                    env={"SOURCE_DATE_EPOCH": "1700000000"})
            with open(self.path(name), "rb") as file:
                files.append(file.read())
        self.assertEqual(files[0], files[1])
        self.trust_alice()
        self.assertIn("2023-11-14T22:13:20Z", self.ok("verify", "--signature",
                                                      self.path("a.weir")).out)

    def test_revoked(self):
        self.trust_alice()
        digest = self.ok("verify", "--signature", self.object, "--json").json["files"][0]["digest"]
        self.ok("key", "revoke", digest, "--comment", "it drops too much")
        self.assertIn("is revoked", self.fails(FAILED, "run", self.object).err)
        os.unlink(self.path("config/weir/keys/revoked"))
        self.ok("run", self.object)
        self.ok("key", "revoke", "alice")
        self.assertIn("is revoked", self.fails(FAILED, "verify", "--signature", self.object).err)

    def test_entries_of_the_cache(self):
        self.trust_alice()
        policy = self.policy(require_signature=["local"])
        run = ["run", self.program, "--engine", "aot", "--host-policy", policy, "--json"]
        self.ok("compile", self.program)
        result = self.weir(*run)
        self.assertEqual((result.code, result.json["cache"]["outcome"], result.json["r0"]),
                         (0, "refused", 42))
        self.assertIn("has no signature", result.err)
        self.ok("sign", "--key", "alice", "--all")
        self.assertEqual(self.ok(*run).json["cache"]["outcome"], "hit")
        # What is compiled with a key is signed from the start.
        self.ok("cache", "clear")
        self.ok("compile", "--sign-key", "alice", self.program)
        self.assertEqual(self.ok(*run).json["cache"]["outcome"], "hit")

    def test_policies_and_hooks(self):
        policy = self.policy(policies=["strict"], hooks=["xdp", "memory"])
        err = self.fails(FAILED, "run", self.program, "--host-policy", policy).err
        self.assertIn("policy guard, which the host policy", err)
        self.ok("run", self.program, "--host-policy", policy, "--policy", "strict")
        err = self.fails(FAILED, "compile", "--policy", "strict", "--at", "ip", self.program,
                         "--host-policy", policy).err
        self.assertIn("a program for ip, which", err)

    def test_reverify(self):
        self.ok("compile", self.program)
        for arguments in (["--reverify"], ["--host-policy", self.policy(reverify=["local"])]):
            got = self.ok("run", self.program, "--engine", "aot", "--json", *arguments).json
            self.assertEqual(got["cache"]["outcome"], "hit")

    def test_the_machines_store(self):
        system = self.path("system")
        self.ok("compile", "--cache-dir", system, self.program)
        got = self.ok("run", self.program, "--engine", "aot", "--json", "--system-cache-dir",
                      system).json
        self.assertEqual((got["cache"]["outcome"], got["cache"]["origin"]), ("hit", "system"))
        self.assertEqual(self.entries(), [])


class PolicyTest(CommandTest):
    def test_check(self):
        good = self.file("good.json", '{"hooks": ["xdp"] /* only */}')
        self.assertEqual(self.ok("policy", "check", good).out, f"{good}: good\n")
        for text, words in (('{"hook": ["xdp"]}', "'hook': is not known"),
                            ('{"hooks": ["xpd"]}', "there is no 'xpd'"),
                            ('{"hooks": ["xdp"]', "no JSON object")):
            err = self.fails(FAILED, "policy", "check", self.file("bad.json", text)).err
            self.assertIn(words, err)

    def test_show(self):
        self.assertIn("remote  must be signed\n", self.ok("policy", "show").out)
        os.makedirs(self.path("config/weir"))
        self.file("config/weir/policy.json", '{"require_signature": ["file"]}')
        text = self.ok("policy", "show").out
        self.assertIn("file    must be signed\n", text)
        self.assertIn("local   need not be signed\n", text)

    def test_a_policy_that_cannot_be_read_stops_everything(self):
        program = self.file("answer.s", "r0 = 42\nexit\n")
        missing = self.path("missing.json")
        self.fails(FAILED, "run", program, "--host-policy", missing)
        bad = self.file("bad.json", "{")
        self.fails(USAGE, "run", program, "--host-policy", bad)
        open_to_all = self.file("open.json", "{}")
        os.chmod(open_to_all, 0o666)
        self.assertIn("chmod go-w", self.fails(FAILED, "run", program, "--host-policy",
                                               open_to_all).err)


if __name__ == "__main__":
    main()
