#pragma once

#include <tug/watch.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli::mcp {

/// What is watched for a client of the protocol, between its calls. What it does not ask for waits at the host, which
/// says `overflow` where that is too much: nothing here grows.
///
/// Thread safety: none.
class watches {
public:
    struct one {
        tug::watch events;
        std::vector<watch_event> held; ///< That came before it was asked for any.
        bool in_use = false;           ///< A call waits for its next event.
    };

    /// Its name. Throws tug::error (busy) where there are 16 already.
    [[nodiscard]] std::string add(one made);

    /// Throws tug::error: not_found, or busy where another call waits for its events.
    [[nodiscard]] std::shared_ptr<one> find(std::string_view name) const;

    /// Ends it. False where there is none of that name.
    bool remove(std::string_view name);

    /// Throws tug::error (busy) where there are 16 already.
    void need_room() const;

private:
    static constexpr std::size_t most = 16;

    std::map<std::string, std::shared_ptr<one>, std::less<>> all_;
    std::uint64_t last_ = 0;
};

} // namespace tug::cli::mcp
