#!/usr/bin/env bash
# Sees to it that the tests find Prometheus: on the PATH, or unpacked into .build/tools from Debian's package, which installs nothing
# on the machine and starts no service. Where there is none to be had it says so and is content: the tests that need it are skipped.
set -euo pipefail

tools=.build/tools
if command -v prometheus >/dev/null && command -v promtool >/dev/null; then exit 0; fi
if [ -x $tools/usr/bin/prometheus ] && [ -x $tools/usr/bin/promtool ]; then exit 0; fi

skip() {
    echo "make: the tests with a real Prometheus are skipped: $1 (prometheus and promtool on the PATH will do)" >&2
    exit 0
}

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || skip "there is no apt to get it from"
mkdir -p $tools
(cd $tools && rm -f prometheus_*.deb && timeout 120 apt-get download -qq prometheus >/dev/null 2>&1) || skip "apt has no package prometheus"
dpkg-deb -x $tools/prometheus_*.deb $tools
rm -f $tools/prometheus_*.deb
$tools/usr/bin/promtool --version >/dev/null 2>&1 || { rm -rf $tools; skip "Debian's does not run here"; }
