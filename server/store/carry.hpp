// From a shard's StoreRequest to the call that it stands for, and from the call's answer to a StoreResponse.
// For whoever carries a shard's actions; thread-safe as the store is.
#pragma once
#include <utility>
#include <variant>

#include "server/core/messages/actions.hpp"
#include "server/store/store.hpp"

namespace dialogue {

/// Asks `store` and hands its answer to `done(StoreResponse)`, once, on the thread where the store gives it.
template <typename Done>
void carry(Store& store, StoreRequest&& request, Done done) {
  const auto answer = [ticket = request.ticket, done = std::move(done)](auto what) {
    done(StoreResponse{ticket, std::move(what)});
  };
  if (auto* open = std::get_if<OpenLog>(&*request.what)) return store.open(std::move(open->key), answer);
  if (auto* append = std::get_if<AppendLogs>(&*request.what)) return store.append(std::move(append->writes), answer);
  if (auto* read = std::get_if<ReadRange>(&*request.what)) return store.read(std::move(*read), answer);
  if (auto* trim = std::get_if<TrimLog>(&*request.what)) return store.trim(std::move(*trim), answer);
  if (auto* define = std::get_if<DefineRoom>(&*request.what))
    return store.put_kept(KeptWrite{{kept_change(define->room)}}, answer);
  store.erase(std::move(std::get<EraseLog>(*request.what).key), answer);
}

}  // namespace dialogue
