# Prints the graph: an object per C file, and the program.
set -eu
printf '{ "schema": "unravel.graph/1",\n  "steps": [\n'
objects=
for file in src/*.c; do
  object=${file%.c}.o
  objects="$objects${objects:+, }\"$object\""
  printf '    { "outputs": ["%s"], "inputs": ["%s"], "command": ["cc", "-c", "%s", "-o", "%s"] },\n' \
    "$object" "$file" "$file" "$object"
done
printf '    { "outputs": ["hello"], "inputs": [%s], "command": ["cc", "-o", "hello", %s] }\n  ]\n}\n' "$objects" "$objects"
