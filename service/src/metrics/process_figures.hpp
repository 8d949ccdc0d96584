#pragma once

namespace tug::service {

class exposition;

/// User and system CPU time of this process, without its commands.
[[nodiscard]] double own_cpu_seconds();

/// The families process_* that every exporter has: CPU time, memory, descriptors, start. What /proc does not tell is
/// left out.
void write_process_figures(exposition& to);

} // namespace tug::service
