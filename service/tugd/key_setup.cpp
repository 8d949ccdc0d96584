#include "key_setup.hpp"

#include <tug/os/path_text.hpp>

namespace tug::service {

proto::result<key_ring> read_keys(const config& c) {
    auto keys = load_keys(c.key_file, c.key_readers);
    if (!keys || !c.server.recording.directory.empty()) return keys;
    for (const auto& [id, key] : *keys) {
        if (key.rules.record == recorded::nothing) continue;
        return proto::failure(proto::errc::bad_key_file,
                              c.key_file + ": the key " + os::quoted(id) +
                                  " has `record` in its line, which needs a tugd with --record DIR");
    }
    return keys;
}

} // namespace tug::service
