#pragma once

namespace tug::service {

class exposition;

/// The families process_* that every exporter has: CPU time, memory, descriptors, start. What /proc does not tell is
/// left out.
void write_process_figures(exposition& to);

} // namespace tug::service
