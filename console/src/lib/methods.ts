// Made from rpc.discover by scripts/types.mjs.

export interface Methods {
  "audit.follow": {
    params: {
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "events": number;
      "lost": number;
    };
  };
  "exec": {
    params: {
      "argv"?: (string | {
        "base64": string;
      })[];
      "shell"?: string | {
        "base64": string;
      };
      "login"?: boolean;
      "user"?: string | {
        "base64": string;
      };
      "cwd"?: string | {
        "base64": string;
      };
      "env"?: Record<string, unknown> | (unknown)[];
      "clear_env"?: boolean;
      "stdin"?: boolean;
      "pty"?: {
        "rows": number;
        "cols": number;
        "term"?: string;
      };
      "limits"?: {
        "memory_bytes"?: number;
        "processes"?: number;
        "cpu_ms"?: number;
        "open_files"?: number;
        "file_bytes"?: number;
        "nice"?: number;
      };
      "report_start"?: boolean;
      "output_limit"?: number;
      "keep_children"?: boolean;
      "merge"?: boolean;
      "grace_ms"?: number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "reason": "exited" | "signaled" | "timed_out" | "cancelled" | "output_limit" | "memory_limit" | "cpu_limit";
      "exit_code"?: number;
      "signal"?: string;
      "stdout": {
        "bytes": number;
        "digest": string;
        "dropped"?: number;
      };
      "stderr"?: {
        "bytes": number;
        "digest": string;
        "dropped"?: number;
      };
      "usage": {
        "user_us": number;
        "system_us": number;
        "max_rss_bytes": number;
        "memory_peak_bytes"?: number;
        "read_bytes"?: number;
        "written_bytes"?: number;
      };
      "wall_us": number;
      "containment"?: string;
      "survivors"?: number;
    };
  };
  "exec.check": {
    params: {
      "argv"?: (string | {
        "base64": string;
      })[];
      "shell"?: string | {
        "base64": string;
      };
      "login"?: boolean;
      "user"?: string | {
        "base64": string;
      };
      "cwd"?: string | {
        "base64": string;
      };
      "env"?: Record<string, unknown> | (unknown)[];
      "clear_env"?: boolean;
      "stdin"?: boolean;
      "pty"?: {
        "rows": number;
        "cols": number;
        "term"?: string;
      };
      "limits"?: {
        "memory_bytes"?: number;
        "processes"?: number;
        "cpu_ms"?: number;
        "open_files"?: number;
        "file_bytes"?: number;
        "nice"?: number;
      };
      "report_start"?: boolean;
      "output_limit"?: number;
      "keep_children"?: boolean;
      "merge"?: boolean;
      "grace_ms"?: number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "exec.resize": {
    params: {
      "call": number | string;
      "rows": number;
      "cols": number;
      "timeout_ms"?: number;
    };
    result: Record<string, unknown>;
  };
  "exec.signal": {
    params: {
      "call": number | string;
      "signal": string;
      "timeout_ms"?: number;
    };
    result: Record<string, unknown>;
  };
  "file.copy": {
    params: {
      "from": string | {
        "base64": string;
      };
      "to": string | {
        "base64": string;
      };
      "overwrite"?: boolean;
      "make_parents"?: boolean;
      "durable"?: boolean;
      "follow"?: boolean;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "size": number;
      "reflink": boolean;
    };
  };
  "file.digest": {
    params: {
      "path": string | {
        "base64": string;
      };
      "digest"?: "xxh3-128" | "sha256";
      "offset"?: number;
      "length"?: number;
      "block"?: number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "size": number;
      "bytes": number;
      "digest": string;
      "mtime_ns": number;
    };
  };
  "file.link": {
    params: {
      "from": string | {
        "base64": string;
      };
      "to": string | {
        "base64": string;
      };
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "file.list": {
    params: {
      "path": string | {
        "base64": string;
      };
      "recursive"?: boolean;
      "digest"?: "xxh3-128" | "sha256";
      "exclude"?: (string | {
        "base64": string;
      })[];
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "entries": number;
      "errors": number;
    };
  };
  "file.mkdir": {
    params: {
      "path": string | {
        "base64": string;
      };
      "parents"?: boolean;
      "mode"?: number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "file.remove": {
    params: {
      "path": string | {
        "base64": string;
      };
      "recursive"?: boolean;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "removed": number;
    };
  };
  "file.rename": {
    params: {
      "from": string | {
        "base64": string;
      };
      "to": string | {
        "base64": string;
      };
      "overwrite"?: boolean;
      "exchange"?: boolean;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "file.set": {
    params: {
      "path": string | {
        "base64": string;
      };
      "follow"?: boolean;
      "mode"?: number;
      "mtime_ns"?: number;
      "uid"?: number;
      "gid"?: number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "file.space": {
    params: {
      "path": string | {
        "base64": string;
      };
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "total_bytes": number;
      "free_bytes": number;
      "available_bytes": number;
      "files_free": number;
    };
  };
  "file.stat": {
    params: {
      "path": string | {
        "base64": string;
      };
      "follow"?: boolean;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "type": "file" | "directory" | "symlink" | "fifo" | "socket" | "block" | "char";
      "size": number;
      "mode": number;
      "mtime_ns": number;
      "uid": number;
      "gid": number;
      "user"?: string | {
        "base64": string;
      };
      "group"?: string | {
        "base64": string;
      };
      "links": number;
      "target"?: string | {
        "base64": string;
      };
    };
  };
  "file.symlink": {
    params: {
      "path": string | {
        "base64": string;
      };
      "target": string | {
        "base64": string;
      };
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "file.watch": {
    params: {
      "path": string | {
        "base64": string;
      };
      "recursive"?: boolean;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "events": number;
      "overflows": number;
    };
  };
  "forward.accept": {
    params: {
      "listen": number | string;
      "connection": number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "sent": number;
      "received": number;
    };
  };
  "forward.connect": {
    params: {
      "host"?: string | {
        "base64": string;
      };
      "port"?: number;
      "unix"?: string | {
        "base64": string;
      };
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "sent": number;
      "received": number;
    };
  };
  "forward.listen": {
    params: {
      "host"?: string | {
        "base64": string;
      };
      "port"?: number;
      "unix"?: string | {
        "base64": string;
      };
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "connections": number;
      "accepted": number;
    };
  };
  "get": {
    params: {
      "path": string | {
        "base64": string;
      };
      "offset"?: number;
      "length"?: number;
      "digest"?: "xxh3-128" | "sha256" | "none";
      "digest_from"?: number;
      "if_changed"?: string;
      "sparse"?: boolean;
      "compress"?: "zstd";
      "level"?: number;
      "delta"?: number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "size": number;
      "bytes": number;
      "digest"?: string;
      "mode": number;
      "mtime_ns": number;
      "unchanged"?: boolean;
    };
  };
  "job.attach": {
    params: {
      "job": string;
      "stdout"?: number | string | null;
      "stderr"?: number | string | null;
      "stdin"?: boolean | number;
      "take_over"?: boolean;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "reason": "exited" | "signaled" | "timed_out" | "cancelled" | "output_limit" | "memory_limit" | "cpu_limit";
      "exit_code"?: number;
      "signal"?: string;
      "stdout": {
        "bytes": number;
        "digest": string;
        "dropped"?: number;
      };
      "stderr"?: {
        "bytes": number;
        "digest": string;
        "dropped"?: number;
      };
      "usage": {
        "user_us": number;
        "system_us": number;
        "max_rss_bytes": number;
        "memory_peak_bytes"?: number;
        "read_bytes"?: number;
        "written_bytes"?: number;
      };
      "wall_us": number;
      "containment"?: string;
      "survivors"?: number;
    };
  };
  "job.cancel": {
    params: {
      "job": string;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "job.list": {
    params: {
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "jobs": number;
    };
  };
  "job.remove": {
    params: {
      "job": string;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "job.resize": {
    params: {
      "job": string;
      "rows": number;
      "cols": number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "job.signal": {
    params: {
      "job": string;
      "signal": string;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: Record<string, unknown>;
  };
  "job.start": {
    params: {
      "job"?: string;
      "keep_bytes"?: number;
      "overflow"?: "drop" | "end";
      "keep_ms"?: number;
      "argv"?: (string | {
        "base64": string;
      })[];
      "shell"?: string | {
        "base64": string;
      };
      "login"?: boolean;
      "user"?: string | {
        "base64": string;
      };
      "cwd"?: string | {
        "base64": string;
      };
      "env"?: Record<string, unknown> | (unknown)[];
      "clear_env"?: boolean;
      "stdin"?: boolean;
      "pty"?: {
        "rows": number;
        "cols": number;
        "term"?: string;
      };
      "limits"?: {
        "memory_bytes"?: number;
        "processes"?: number;
        "cpu_ms"?: number;
        "open_files"?: number;
        "file_bytes"?: number;
        "nice"?: number;
      };
      "report_start"?: boolean;
      "output_limit"?: number;
      "keep_children"?: boolean;
      "merge"?: boolean;
      "grace_ms"?: number;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "job": string;
      "new": boolean;
      "pid"?: number;
    };
  };
  "job.status": {
    params: {
      "job": string;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "job": string;
      "owner"?: string;
      "state": "running" | "ended" | "lost";
      "pid"?: number;
      "argv"?: (string | {
        "base64": string;
      })[];
      "pty"?: boolean;
      "started_ms": number;
      "ended_ms"?: number;
      "result"?: {
        "reason": "exited" | "signaled" | "timed_out" | "cancelled" | "output_limit" | "memory_limit" | "cpu_limit";
        "exit_code"?: number;
        "signal"?: string;
        "stdout": {
          "bytes": number;
          "digest": string;
          "dropped"?: number;
        };
        "stderr"?: {
          "bytes": number;
          "digest": string;
          "dropped"?: number;
        };
        "usage": {
          "user_us": number;
          "system_us": number;
          "max_rss_bytes": number;
          "memory_peak_bytes"?: number;
          "read_bytes"?: number;
          "written_bytes"?: number;
        };
        "wall_us": number;
        "containment"?: string;
        "survivors"?: number;
      };
      "why"?: string;
      "stdout": {
        "bytes": number;
        "kept_from": number;
        "stalled"?: string;
      };
      "stderr"?: {
        "bytes": number;
        "kept_from": number;
        "stalled"?: string;
      };
      "stdin_bytes"?: number;
    };
  };
  "job.wait": {
    params: {
      "job": string;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "reason": "exited" | "signaled" | "timed_out" | "cancelled" | "output_limit" | "memory_limit" | "cpu_limit";
      "exit_code"?: number;
      "signal"?: string;
      "stdout": {
        "bytes": number;
        "digest": string;
        "dropped"?: number;
      };
      "stderr"?: {
        "bytes": number;
        "digest": string;
        "dropped"?: number;
      };
      "usage": {
        "user_us": number;
        "system_us": number;
        "max_rss_bytes": number;
        "memory_peak_bytes"?: number;
        "read_bytes"?: number;
        "written_bytes"?: number;
      };
      "wall_us": number;
      "containment"?: string;
      "survivors"?: number;
    };
  };
  "put": {
    params: {
      "path": string | {
        "base64": string;
      };
      "size"?: number;
      "mode"?: number;
      "new_mode"?: number;
      "mtime_ns"?: number;
      "overwrite"?: boolean;
      "make_parents"?: boolean;
      "durable"?: boolean;
      "follow"?: boolean;
      "in_place"?: boolean;
      "digest"?: string;
      "if_match"?: string;
      "if_changed"?: boolean;
      "resume"?: string;
      "delta"?: string;
      "compress"?: "zstd";
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "size": number;
      "digest": string;
      "in_place"?: boolean;
      "unchanged"?: boolean;
    };
  };
  "rpc.discover": {
    params: {
      "timeout_ms"?: number;
    };
    result: Record<string, unknown>;
  };
  "rpc.info": {
    params: {
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "server": string;
      "hostname"?: string | {
        "base64": string;
      };
      "os"?: string | {
        "base64": string;
      };
      "kernel"?: string | {
        "base64": string;
      };
      "arch"?: string;
      "user"?: string | {
        "base64": string;
      };
      "cores"?: number;
      "time_ms"?: number;
      "uptime_ms"?: number;
      "draining"?: boolean;
      "load"?: {
        "minutes_1"?: number;
        "minutes_5"?: number;
        "minutes_15"?: number;
      };
      "memory"?: {
        "total_bytes"?: number;
        "available_bytes"?: number;
      };
      "root"?: {
        "error"?: string;
        "writable"?: boolean;
        "total_bytes"?: number;
        "available_bytes"?: number;
        "files_total"?: number;
        "files_free"?: number;
      };
      "commands"?: {
        "used"?: number;
        "allowed"?: number;
      };
      "connections"?: {
        "used"?: number;
        "allowed"?: number;
      };
      "descriptors"?: {
        "used"?: number;
        "allowed"?: number;
      };
      "window_bytes"?: {
        "used"?: number;
        "allowed"?: number;
      };
      "jobs"?: {
        "used"?: number;
        "allowed"?: number;
      };
      "kept_jobs"?: {
        "used"?: number;
        "allowed"?: number;
      };
      "state"?: {
        "error"?: string;
        "writable"?: boolean;
        "total_bytes"?: number;
        "available_bytes"?: number;
        "files_total"?: number;
        "files_free"?: number;
      };
      "containment"?: string;
      "cgroups"?: boolean;
      "lookup"?: string;
      "recording"?: string;
      "certificate_ends_ms"?: number;
      "rules"?: (string | {
        "base64": string;
      })[];
      "limits"?: Record<string, number>;
      "totals"?: {
        "calls"?: number;
        "failed_calls"?: number;
        "received_bytes"?: number;
        "sent_bytes"?: number;
        "commands"?: number;
        "connections"?: number;
        "refused_connections"?: number;
        "failed_logins"?: number;
        "cpu_us"?: number;
      };
    };
  };
  "rpc.ping": {
    params: {
      "payload"?: string;
      "timeout_ms"?: number;
    };
    result: string | Record<string, unknown>;
  };
  "tree.copy": {
    params: {
      "from": string | {
        "base64": string;
      };
      "to": string | {
        "base64": string;
      };
      "mode"?: "merge" | "new" | "replace";
      "exclude"?: (string | {
        "base64": string;
      })[];
      "owner"?: boolean;
      "make_parents"?: boolean;
      "durable"?: boolean;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "files": number;
      "directories": number;
      "symlinks": number;
      "bytes": number;
      "unchanged": number;
      "removed": number;
      "skipped": number;
      "changed": number;
      "patched"?: number;
      "reused"?: number;
      "digest"?: string;
    };
  };
  "tree.get": {
    params: {
      "path": string | {
        "base64": string;
      };
      "delete"?: boolean;
      "have"?: "none" | "times" | "digests";
      "exclude"?: (string | {
        "base64": string;
      })[];
      "owner"?: boolean;
      "dry_run"?: boolean;
      "compress"?: "zstd";
      "level"?: number;
      "progress"?: boolean;
      "whole"?: boolean;
      "delta"?: boolean;
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "files": number;
      "directories": number;
      "symlinks": number;
      "bytes": number;
      "unchanged": number;
      "removed": number;
      "skipped": number;
      "changed": number;
      "patched"?: number;
      "reused"?: number;
      "digest"?: string;
    };
  };
  "tree.put": {
    params: {
      "path": string | {
        "base64": string;
      };
      "into"?: string | {
        "base64": string;
      };
      "mode"?: "merge" | "new" | "replace";
      "delete"?: boolean;
      "have"?: "none" | "times" | "digests";
      "exclude"?: (string | {
        "base64": string;
      })[];
      "owner"?: boolean;
      "make_parents"?: boolean;
      "durable"?: boolean;
      "dry_run"?: boolean;
      "delta"?: boolean;
      "resume"?: string;
      "compress"?: "zstd";
      "timeout_ms"?: number;
      "after"?: (number | string)[];
    };
    result: {
      "files": number;
      "directories": number;
      "symlinks": number;
      "bytes": number;
      "unchanged": number;
      "removed": number;
      "skipped": number;
      "changed": number;
      "patched"?: number;
      "reused"?: number;
      "digest"?: string;
    };
  };
}
