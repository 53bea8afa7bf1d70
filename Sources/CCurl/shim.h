// Swift cannot call variadic C functions; these give each used form of libcurl's set and get calls a fixed type.
#pragma once
#include <curl/curl.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

typedef size_t (*faasfarm_curl_data_callback)(char *data, size_t size, size_t count, void *context);

static inline CURLcode faasfarm_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode faasfarm_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode faasfarm_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode faasfarm_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode faasfarm_curl_set_callback(CURL *easy, CURLoption option, faasfarm_curl_data_callback value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode faasfarm_curl_set_before_sending(CURL *easy, curl_prereq_callback value) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, value);
}

// Called with each socket that was opened for a call, before it is used; `context` belongs to the call.
static inline CURLcode faasfarm_curl_set_opened(CURL *easy, curl_sockopt_callback value, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, context);
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, value) : code;
}

// Called in the place of close(); the connection outlives the call that it was opened for, and `context` must, too.
static inline CURLcode faasfarm_curl_set_closing(CURL *easy, curl_closesocket_callback value, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context);
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, value) : code;
}

static inline CURLcode faasfarm_curl_set_open_socket(CURL *easy, curl_opensocket_callback value, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value) : code;
}

static inline CURLcode faasfarm_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode faasfarm_curl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, (char **)value);
}

static inline CURLMcode faasfarm_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode faasfarm_curl_multi_set_socket(CURLM *multi, curl_socket_callback value, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    return code == CURLM_OK ? curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value) : code;
}

static inline CURLMcode faasfarm_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback value, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code == CURLM_OK ? curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value) : code;
}
