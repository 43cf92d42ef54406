# shellcheck shell=bash
# To be sourced by bash: selects the private Nix that scripts/setup-nix.sh made
# and a private store. The logical store folder stays /nix/store.
#
# Read:    UNRAVEL_CACHE            git-ignored folder (default: .cache of this working tree)
#          UNRAVEL_NIX_ROOT         physical root of the store (default: $UNRAVEL_CACHE/nix-root)
#          UNRAVEL_RECURSIVE_NIX=1  also turns the feature recursive-nix on
# Exports: PATH NIX_CONF_DIR NIX_REMOTE HOME XDG_* UNRAVEL_CACHE UNRAVEL_NIX_ROOT
UNRAVEL_CACHE=${UNRAVEL_CACHE:-$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)/.cache}
UNRAVEL_NIX_ROOT=${UNRAVEL_NIX_ROOT:-$UNRAVEL_CACHE/nix-root}
case :$PATH: in
  *":$UNRAVEL_CACHE/nix/bin:"*) ;;
  *) PATH=$UNRAVEL_CACHE/nix/bin:$PATH ;;
esac
if [[ -n ${UNRAVEL_RECURSIVE_NIX:-} ]]; then
  NIX_CONF_DIR=$UNRAVEL_CACHE/nix/conf-recursive-nix
else
  NIX_CONF_DIR=$UNRAVEL_CACHE/nix/conf
fi
NIX_REMOTE="local?root=$UNRAVEL_NIX_ROOT"
HOME=$UNRAVEL_NIX_ROOT/home
XDG_CACHE_HOME=$UNRAVEL_NIX_ROOT/xdg/cache
XDG_CONFIG_HOME=$UNRAVEL_NIX_ROOT/xdg/config
XDG_DATA_HOME=$UNRAVEL_NIX_ROOT/xdg/data
XDG_STATE_HOME=$UNRAVEL_NIX_ROOT/xdg/state
mkdir -p "$HOME"
export PATH NIX_CONF_DIR NIX_REMOTE HOME UNRAVEL_CACHE UNRAVEL_NIX_ROOT
export XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME
unset NIX_PATH NIX_USER_CONF_FILES NIX_STORE NIX_STORE_DIR NIX_STATE_DIR
