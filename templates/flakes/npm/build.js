// Stands for a compiler or a bundler: `npm install` one, and call it from here or from package.json.
import { copyFileSync, mkdirSync } from "node:fs";

mkdirSync("dist", { recursive: true });
for (const name of ["main.js", "greeting.js"]) copyFileSync(`src/${name}`, `dist/${name}`);
