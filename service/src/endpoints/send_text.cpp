#include "endpoints/send_text.hpp"

#include <utility>

namespace tug::service {

boost::asio::awaitable<proto::result<bool>> send_text(call& c, std::size_t stream, std::string_view text) {
    while (!text.empty()) {
        auto piece = proto::chunk::copy_of(text.substr(0, proto::piece_size));
        text.remove_prefix(piece.size());
        const auto sent = co_await c.write(stream, std::move(piece));
        if (!sent) co_return sent.error();
        if (!*sent) co_return false;
    }
    co_return true;
}

} // namespace tug::service
