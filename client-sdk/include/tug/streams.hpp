#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tug {

/// Which way the bytes of a stream go.
enum class stream_direction { to_server, to_client };

/// The streams of an endpoint: `tug::streams().to_server("in").to_client("out")`, as the endpoint has them.
class streams {
public:
    /// One of them: its name, and which way its bytes go.
    struct entry {
        std::string name;
        stream_direction direction = stream_direction::to_server;
        bool packed = false; ///< Its bodies may come compressed, see packed().
    };

    streams() = default;

    streams& to_server(std::string name) & {
        all_.push_back({std::move(name), stream_direction::to_server, false});
        return *this;
    }

    streams&& to_server(std::string name) && { return std::move(to_server(std::move(name))); }

    streams& to_client(std::string name) & {
        all_.push_back({std::move(name), stream_direction::to_client, false});
        return *this;
    }

    streams&& to_client(std::string name) && { return std::move(to_client(std::move(name))); }

    /// The params of the call ask for `zstd`: bodies of the last stream may come as frames of it, and are given as they
    /// came; chunk::packed() says how many bytes such a one holds. For those who pass them on.
    streams& packed() & {
        all_.back().packed = true;
        return *this;
    }

    streams&& packed() && { return std::move(packed()); }

    [[nodiscard]] const std::vector<entry>& all() const noexcept { return all_; }

private:
    std::vector<entry> all_;
};

} // namespace tug
