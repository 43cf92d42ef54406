# The build tool: looks at what there is and prints the steps to make of it (docs/graph-format.md).
set -euo pipefail

pages=(pages/*.txt)
titles=()
printf '{ "schema": "unravel.graph/1",\n  "steps": [\n'
printf '    { "outputs": ["bin/words.o"], "inputs": ["tools/words.c"], "rule": "cc",\n'
printf '      "command": "cc -O1 -MD -MF bin/words.d -c tools/words.c -o bin/words.o", "depfile": "bin/words.d" },\n'
printf '    { "outputs": ["bin/words"], "inputs": ["bin/words.o"], "command": ["cc", "bin/words.o", "-o", "bin/words"] },\n'
for page in "${pages[@]}"; do
  name=${page##*/}
  name=${name%.txt}
  titles+=("out/$name.title")
  printf '    { "outputs": ["out/%s.html"], "implicitOutputs": ["out/%s.title"],\n' "$name" "$name"
  printf '      "inputs": ["%s"], "implicitInputs": ["render.awk", "bin/words"], "description": "PAGE %s",\n' "$page" "$name"
  printf '      "command": "awk -v words=$(bin/words < %s) -v title=out/%s.title -f render.awk %s > out/%s.html" },\n' \
    "$page" "$name" "$page" "$name"
done
printf -v list '"%s", ' "${titles[@]}"
printf -v words '%s ' "${titles[@]}"
printf '    { "outputs": ["out/index.html"], "inputs": [%s],\n      "command": "cat %s| sort > out/index.html" }\n  ]\n}\n' \
  "${list%, }" "$words"
