// dav1d through Meson, not optimised: many edges for little time. As it is released, it is in bench/.

import { beforeAll, describe } from "vitest";
import { setUpPackages } from "./build-store.ts";
import { dav1d } from "./dav1d.ts";
import { testProject } from "./project.ts";

describe("dav1d, not optimised", () => {
  beforeAll(() => setUpPackages(["nasm"]));

  testProject(dav1d("plain", ["-Dbitdepths=8"], []));
});
