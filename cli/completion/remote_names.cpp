#include "remote_names.hpp"

#include <tug/error.hpp>
#include <tug/files.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <future>
#include <memory>
#include <system_error>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// How long a person waits for a Tab, and how many names are of use.
constexpr std::chrono::seconds listing_time{2};
constexpr std::size_t most_listed = 10'000;

asio::awaitable<std::vector<std::string>> list(std::function<client*()> on, std::string directory) {
    std::vector<std::string> names;
    auto* const there = on();
    if (there == nullptr) co_return names;
    if (directory.empty()) directory = ".";
    auto all = co_await there->files().list(directory, depth::one);
    while (names.size() < most_listed) {
        const auto entry = co_await all.next();
        if (!entry) break;
        names.push_back(entry->path);
        if (entry->info && entry->info->type == file_type::directory) names.back() += '/';
    }
    co_return names;
}

} // namespace

std::vector<std::string> names_on_host(asio::any_io_executor home, std::function<client*()> on, std::string directory) {
    struct asked {
        std::promise<std::vector<std::string>> names;
        asio::cancellation_signal stop;
    };

    const auto state = std::make_shared<asked>();
    auto names = state->names.get_future();
    asio::post(home, [=] {
        asio::co_spawn(home, list(on, directory),
                       asio::bind_cancellation_slot(state->stop.slot(), [state](const std::exception_ptr& failed,
                                                                                std::vector<std::string> found) {
                           state->names.set_value(failed ? std::vector<std::string>() : std::move(found));
                       }));
    });
    if (names.wait_for(listing_time) == std::future_status::ready) return names.get();
    asio::post(home, [state] { state->stop.emit(asio::cancellation_type::terminal); });
    return {};
}

std::vector<std::string> names_here(const std::string& directory) {
    std::vector<std::string> names;
    std::error_code ec;
    for (std::filesystem::directory_iterator at(directory.empty() ? "." : directory, ec), end; !ec && at != end;
         at.increment(ec)) {
        names.push_back(at->path().filename().string());
        if (at->is_directory(ec)) names.back() += '/';
        ec.clear();
    }
    return names;
}

} // namespace tug::cli
