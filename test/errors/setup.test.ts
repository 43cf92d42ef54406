// What the scripts of scripts/ say when the machine lacks something they need.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run, script } from "../e2e/setup-scripts.ts";

const scratch = mkdtempSync(join(tmpdir(), "setup-errors-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("what is missing is said", () => {
  /** A cache with nothing in it, so that each script starts from the beginning. */
  const empty = (): Record<string, string> => ({ UNRAVEL_CACHE: mkdtempSync(join(scratch, "cache-")) });

  /** The machine's apt with one source instead of its own. */
  function sources(line: string): Record<string, string> {
    const list = join(mkdtempSync(join(scratch, "apt-")), "sources.list");
    writeFileSync(list, `${line}\n`);
    const config = `${list}.conf`;
    writeFileSync(config, `Dir::Etc::sourcelist "${list}";\nDir::Etc::sourceparts "-";\n`);
    return { APT_CONFIG: config };
  }
  const suite = /VERSION_CODENAME=(\S+)/.exec(readFileSync("/etc/os-release", "latin1"))?.[1] ?? "";

  test("the network: apt's own words, a code and what to do", () => {
    // Port 9 of the loopback interface: nothing listens there.
    const env = { ...empty(), ...sources(`deb http://127.0.0.1:9/debian ${suite} main`) };
    const result = script("setup-nix.sh", [], env);
    expect(result.status).toBe(3);
    expect(result.stderr).toMatch(
      /^ {2}apt: Failed to fetch http:\/\/127\.0\.0\.1:9\/debian\/dists\/forky\/InRelease/m,
    );
    expect(result.stderr.slice(result.stderr.indexOf("error: "))).toBe(
      "error: the package lists of forky could not be read [setup/network]\n" +
        "  hint: check that the Debian mirror in the machine's apt sources answers (apt-get update), then run this again\n",
    );
  }, 30_000);

  test("a source for the machine's suite", () => {
    const env = { ...empty(), ...sources("deb http://127.0.0.1:9/debian other-suite main") };
    expect(script("setup-nix.sh", [], env)).toMatchObject({
      status: 3,
      stderr:
        "setup-nix.sh: downloading nix-bin patchelf bash-static and what they depend on (forky)\n" +
        `error: apt on this machine has no source for suite "${suite}" [setup/mirror]\n` +
        "  hint: add one to /etc/apt/sources.list.d, or set UNRAVEL_DEBIAN_MIRROR to a mirror's address\n",
    });
  });

  test("the right to make namespaces", () => {
    const drop = "setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin";
    const inside = `echo 0 >/proc/sys/user/max_user_namespaces && exec ${drop} scripts/setup-nix.sh`;
    expect(run("unshare", ["--user", "--map-root-user", "bash", "-c", inside], empty())).toEqual({
      status: 3,
      stdout: "",
      stderr:
        "error: this user can make no mount namespace, which the build sandbox needs [setup/root]\n" +
        "  hint: run as root (in a container: with CAP_SYS_ADMIN), or allow unprivileged user namespaces\n",
    });
  });

  test("a cache that Nix can name", () => {
    expect(script("setup-nix.sh", [], { UNRAVEL_CACHE: "/a b" })).toMatchObject({
      status: 3,
      stderr:
        'error: "/a b" cannot be written in nix.conf [setup/path]\n' +
        "  hint: set UNRAVEL_CACHE to an absolute path of letters, digits and / . _ + -\n",
    });
  });

  test("a command", () => {
    const bin = mkdtempSync(join(scratch, "bin-"));
    run("ln", [
      "-s",
      ...["bash", "dirname", "dpkg-deb", "flock", "nproc", "unshare"].map((name) => `/usr/bin/${name}`),
      bin,
    ]);
    expect(script("setup-nix.sh", [], { ...empty(), PATH: bin })).toMatchObject({
      status: 3,
      stderr:
        "error: this machine lacks apt-get [setup/command]\n" +
        "  hint: install it, or run on Debian or a derivative: packages come through apt\n",
    });
  });

  test("Nix itself, and the toolchain", () => {
    const env = empty();
    expect(script("with-nix", ["nix", "--version"], env)).toMatchObject({
      status: 3,
      stderr: `error: there is no Nix below ${env["UNRAVEL_CACHE"]} [setup/no-nix]\n  hint: run scripts/setup-nix.sh\n`,
    });
    expect(script("new-store.sh", ["/nowhere"], env)).toMatchObject({
      status: 3,
      stderr:
        "error: there is no toolchain to share [setup/no-toolchain]\n  hint: run scripts/setup-toolchain.sh\n",
    });
  });

  test("a package that the suite does not have", () => {
    const result = script("fetch-source.sh", ["no-such-source"]);
    expect(result.status).toBe(3);
    expect(result.stderr.slice(result.stderr.indexOf("error: "))).toBe(
      `error: suite ${suite} cannot give the source of no-such-source [setup/package]\n` +
        "  hint: check the name: apt-cache search WORD lists what the suite has\n",
    );
  });

  test("a word of the command line", () => {
    expect(script("fetch-source.sh", ["../x"])).toMatchObject({ status: 2 });
    expect(script("setup-toolchain.sh", ["--suite"])).toMatchObject({ status: 2 });
    expect(script("setup-toolchain.sh", ["--what"]).stderr).toBe(
      'error: unknown option "--what" [setup/usage]\n' +
        "  hint: scripts/setup-toolchain.sh [--suite SUITE] [PACKAGE ...]\n",
    );
  });
});
