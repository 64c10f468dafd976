# Flags that every target shares: warnings are errors, hardening on, ccache and mold when they are there.
add_library(dialogue_options INTERFACE)
target_compile_features(dialogue_options INTERFACE cxx_std_20)

if(PROJECT_IS_TOP_LEVEL)
  find_program(CCACHE ccache)
  if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  endif()
  find_program(MOLD mold)
  if(MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
  add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
  add_compile_options(-fstack-protector-strong)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  add_link_options(-pie -Wl,-z,relro,-z,now)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_definitions(_FORTIFY_SOURCE=2)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Optimised std::string::insert (GCC PR 105651), std::variant moves (PR 105562) and std::rotate are warned about
    # without cause.
    add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow)
  endif()
  if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-subobject-linkage)  # meant for headers; a batch includes its sources
  endif()
  if(DIALOGUE_SANITIZE)
    add_compile_options(-fsanitize=${DIALOGUE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${DIALOGUE_SANITIZE})
    if(DIALOGUE_SANITIZE MATCHES "thread")
      # Asio's fences, which ThreadSanitizer cannot follow; its locks order the same things.
      add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      # clang 14 cannot assemble coroutines under -fsanitize=function (LLVM issue 49689): the check's prologue data is copied
      # into the split functions, another section.
      add_compile_options(-fno-sanitize=function)
      add_compile_options(-fsized-deallocation)  # C++14 has it, clang 14 only on request
    endif()
  endif()
endif()
