// The kernel itself: which one, how it was started and set, what was loaded into it.

import type { Collector } from '../collector.ts'

export const modules: Collector = {
  name: 'modules',
  doc: 'loaded modules with addresses, taint, build IDs and parameters',
  // A build ID is a note, binary: printed as od prints bytes.
  run: {
    script: `printf '==> /proc/modules <==\\n'
cat /proc/modules
for module in /sys/module/*; do
  [ -r "$module/notes/.note.gnu.build-id" ] || continue
  printf '\\n==> %s <==\\n' "$module"
  printf 'build-id-note:'
  od -An -v -tx1 "$module/notes/.note.gnu.build-id" 2>/dev/null | tr -d '\\n' || hexdump -v -e '1/1 " %02x"' "$module/notes/.note.gnu.build-id"
  printf '\\n'
  cd "$module" && grep -s '' version srcversion taint refcnt sections/.text parameters/*
done
true`,
  },
}

export const commandLine: Collector = {
  name: 'cmdline',
  doc: 'the kernel’s version, command line and boot configuration; the distribution',
  run: { files: ['/proc/version', '/proc/cmdline', '/proc/bootconfig', '/proc/uptime', '/etc/os-release'] },
}

export const kernelConfig: Collector = {
  name: 'config',
  doc: 'the options that the kernel was built with',
  run: {
    script: `if [ -r /proc/config.gz ]; then gzip -dc /proc/config.gz
else cat "/boot/config-$(uname -r)" 2>/dev/null || cat "/lib/modules/$(uname -r)/config" 2>/dev/null ||
  { echo 'neither /proc/config.gz nor a file in /boot or /lib/modules'; exit 1; }
fi`,
  },
}

export const taint: Collector = {
  name: 'taint',
  doc: 'taint flags, counts of oopses and warnings, hardware vulnerabilities',
  run: {
    files: [
      '/proc/sys/kernel/tainted',
      '/sys/kernel/oops_count',
      '/sys/kernel/warn_count',
      '/sys/module/*/taint',
      '/sys/devices/system/cpu/vulnerabilities/*',
    ],
  },
}

export const sysctls: Collector = {
  name: 'sysctl',
  doc: 'all settings below /proc/sys',
  run: {
    // One process for all: a program for each file takes half a minute on a slow board.
    script: `cd /proc/sys && grep -rs '' .; true`,
  },
}

export const tracing: Collector = {
  name: 'trace',
  doc: 'what stands in the kernel’s trace buffer, where something was traced',
  // "trace" does not consume, unlike trace_pipe. Documentation/trace/ftrace.rst.
  run: {
    script: `for folder in /sys/kernel/tracing /sys/kernel/debug/tracing; do
  [ -r "$folder/trace" ] || continue
  for file in current_tracer tracing_on set_event kprobe_events trace; do
    printf '==> %s <==\\n' "$folder/$file"
    cat "$folder/$file"
  done
  exit
done`,
  },
}
