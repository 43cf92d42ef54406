# In place of the step runner: makes the outputs and nothing else.
. "$NIX_ATTRS_SH_FILE"
for output in "${outputs[@]}"; do : > "$output"; done
