#include "event_text.hpp"

#include <tug/bytes.hpp>

namespace tug::cli {

boost::json::object to_json(const watch_event& event) {
    boost::json::object out{{"event", name_of(event.kind)}, {"path", bytes_to_json(event.path)}};
    if (!event.from.empty()) out["from"] = bytes_to_json(event.from);
    if (event.directory) out["directory"] = true;
    if (!event.error.empty()) out["error"] = event.error;
    return out;
}

} // namespace tug::cli
