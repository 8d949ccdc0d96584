#include <tug/error.hpp>

#include <tug/error_table.hpp>
#include <tug/proto/error_table.hpp>
#include <tug/proto/remedy.hpp>

#include <boost/asio/error.hpp>

#include <exception>
#include <string_view>
#include <utility>

namespace tug {

namespace {

/// A server may be hostile: nothing that it says may move the cursor of a terminal or begin a line in a log.
void append_plain(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        // C1 controls are C2 80 … C2 9F in UTF-8.
        const bool c1 = byte >= 0x80 && byte < 0xa0 && !out.empty() && static_cast<unsigned char>(out.back()) == 0xc2;
        if (c1)
            out.back() = '?';
        else
            out += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
}

std::string describe(const failure& why) {
    std::string out(proto::name_of(why.code));
    if (!why.message.empty()) append_plain(out.append(": "), why.message);
    // Many messages end with it already.
    const bool named = why.message.find(why.os_error) != std::string::npos;
    if (!named) append_plain(out.append(" ("), why.os_error), out += ')';
    if (!why.need.empty()) append_plain(out.append(" (permission "), why.need), out += ')';
    return out.append(": ").append(proto::remedy(why));
}

} // namespace

error::error(tug::failure why)
    : boost::system::system_error(proto::make_error_code(why.code)), why_(std::move(why)), text_(describe(why_)) {}

failure failure_of(const std::exception_ptr& thrown) {
    if (!thrown) return errc::success;
    try {
        std::rethrow_exception(thrown);
    } catch (const error& e) {
        return e.failure();
    } catch (const boost::system::system_error& e) {
        if (e.code() == boost::asio::error::operation_aborted) return errc::cancelled;
        return {errc::internal_error, e.what()};
    } catch (const std::exception& e) {
        return {errc::internal_error, e.what()};
    } catch (...) {
        return errc::internal_error;
    }
}

std::vector<errc> all_errors() {
    return proto::all_errors();
}

std::string_view meaning_of(errc code) noexcept {
    return proto::meaning(code);
}

std::vector<std::pair<std::string_view, std::string_view>> special_remedies_of(errc code) {
    return proto::special_remedies(code);
}

} // namespace tug
