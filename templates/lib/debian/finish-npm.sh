# Sourced by tree.sh for npm: the programs beside it are those of a whole Node.
ln -s "$(interpreter node)" usr/bin/node
