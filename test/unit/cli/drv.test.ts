// `unravel drv`, against a derivation that real Nix wrote.

import { afterAll, describe, expect, it } from "vitest";
import { makeProject } from "../../cli.ts";

// Text, path and JSON as Nix 2.34.8 made them of
//   derivation { name = "hello"; system = "x86_64-linux"; builder = "/bin/sh";
//                args = [ "-c" "echo \"hi\" > $out" ]; greeting = "naïve\n"; }
const path = "/nix/store/2bmrmkmhwhk2clzf2hgcsy4kxdrr2jcx-hello.drv";
const text = String.raw`Derive([("out","/nix/store/pqs5355hfzcaabg2ljp65kwl61dh78pq-hello","","")],[],[],"x86_64-linux","/bin/sh",["-c","echo \"hi\" > $out"],[("builder","/bin/sh"),("greeting","naïve\n"),("name","hello"),("out","/nix/store/pqs5355hfzcaabg2ljp65kwl61dh78pq-hello"),("system","x86_64-linux")])`;
const json = String.raw`{
  "derivations": {
    "2bmrmkmhwhk2clzf2hgcsy4kxdrr2jcx-hello.drv": {
      "args": [
        "-c",
        "echo \"hi\" > $out"
      ],
      "builder": "/bin/sh",
      "env": {
        "builder": "/bin/sh",
        "greeting": "naïve\n",
        "name": "hello",
        "out": "/nix/store/pqs5355hfzcaabg2ljp65kwl61dh78pq-hello",
        "system": "x86_64-linux"
      },
      "inputs": {
        "drvs": {},
        "srcs": []
      },
      "name": "hello",
      "outputs": {
        "out": {
          "path": "pqs5355hfzcaabg2ljp65kwl61dh78pq-hello"
        }
      },
      "system": "x86_64-linux",
      "version": 4
    }
  },
  "version": 4
}
`;
const hashed = "2bmrmkmhwhk2clzf2hgcsy4kxdrr2jcx-hello.drv";
const project = makeProject({ "hello.drv": text, [hashed]: text, other: text });
afterAll(project.remove);

describe("unravel drv", () => {
  it("shows a derivation as Nix does, whatever its file is called", async () => {
    for (const file of ["hello.drv", hashed]) {
      const { code, out, err } = await project.run(["drv", "show", file]);
      expect([code, err]).toEqual([0, ""]);
      expect(Buffer.from(out, "latin1").toString("utf8")).toBe(json);
    }
  });

  it("reads standard input", async () => {
    const { out } = await project.run(["drv", "show", "-", "--name", "hello"], { stdin: text });
    expect(Buffer.from(out, "latin1").toString("utf8")).toBe(json);
  });

  it("computes the path that Nix gives it", async () => {
    expect((await project.run(["drv", "path", "hello.drv"])).out).toBe(`${path}\n`);
    expect((await project.run(["drv", "path", hashed])).out).toBe(`${path}\n`);
    expect((await project.run(["drv", "path", "other", "--name", "hello"])).out).toBe(`${path}\n`);
    // The name is part of the path.
    expect((await project.run(["drv", "path", "other", "--name", "hi"])).out).not.toBe(`${path}\n`);
  });

  it("says where a text is no derivation", async () => {
    project.write({ "bad.drv": text.replace('"x86_64-linux","/bin/sh",[', '"x86_64-linux","/bin/sh" [') });
    const { code, out, err } = await project.run(["drv", "show", "bad.drv"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^bad\.drv:1:\d+: error: .* \[store\/bad-derivation\]\n {2}1 \| /);
  });
});
