// TLS with a certificate that the test makes for itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "api/net/raw_client.h"
#include "api/net/server.h"

namespace volant::api {
namespace {

using testing::HasSubstr;

template <class T, void (*Free)(T*)>
struct Freer {
    void operator()(T* object) const { Free(object); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using CertificatePointer = std::unique_ptr<X509, Freer<X509, X509_free>>;
using ContextPointer = std::unique_ptr<SSL_CTX, Freer<SSL_CTX, SSL_CTX_free>>;
using SslPointer = std::unique_ptr<SSL, Freer<SSL, SSL_free>>;

// A self-signed certificate for localhost, valid for an hour, and its key, as PEM files.
void write_certificate(const std::string& certificate_file, const std::string& key_file) {
    const KeyPointer key(EVP_EC_gen("P-256"));
    const CertificatePointer certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
    std::FILE* out = std::fopen(certificate_file.c_str(), "w");
    ASSERT_EQ(PEM_write_X509(out, certificate.get()), 1);
    std::fclose(out);
    out = std::fopen(key_file.c_str(), "w");
    ASSERT_EQ(PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
    std::fclose(out);
}

class EchoHandler final : public Handler {
  public:
    void handle(Request request, Responder responder) override {
        secure = request.secure;
        responder.send({.body = request.target + " " + request.body});
    }
    std::atomic<bool> secure{false};
};

class TlsTest : public testing::Test {
  protected:
    void SetUp() override {
        const std::string pattern =
            (std::filesystem::temp_directory_path() / "volant_tls_XXXXXX").string();
        folder = pattern;
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        options.certificate_file = folder + "/certificate.pem";
        options.key_file = folder + "/key.pem";
        write_certificate(options.certificate_file, options.key_file);
        context.reset(SSL_CTX_new(TLS_client_method()));
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    void start() {
        auto started = Server::start(options, handler, clock);
        ASSERT_TRUE(started.ok()) << started.error().message;
        server = std::move(started).value();
    }
    SslPointer connect(RawClient& raw) {
        SslPointer tls(SSL_new(context.get()));
        SSL_set_fd(tls.get(), raw.fd());
        return SSL_connect(tls.get()) == 1 ? std::move(tls) : nullptr;
    }
    // Sends `bytes` and reads until `count` answers have come, by their last bytes.
    static std::string exchange(SSL* tls, std::string_view bytes, std::string_view last) {
        EXPECT_EQ(SSL_write(tls, bytes.data(), static_cast<int>(bytes.size())),
                  static_cast<int>(bytes.size()));
        std::string all;
        char buffer[4096];
        while (!all.ends_with(last)) {
            const int got = SSL_read(tls, buffer, sizeof buffer);
            if (got <= 0) break;
            all.append(buffer, static_cast<std::size_t>(got));
        }
        return all;
    }

    ServerOptions options{.port = 0, .threads = 1};
    EchoHandler handler;
    SystemClock clock;
    std::string folder;
    ContextPointer context;
    std::unique_ptr<Server> server;
};

TEST_F(TlsTest, AnswersPipelinedRequestsOverTls) {
    start();
    RawClient raw(server->port());
    const SslPointer tls = connect(raw);
    ASSERT_TRUE(tls);
    const std::string large(200'000, 'x');
    const std::string all = exchange(tls.get(),
                                     "GET /one HTTP/1.1\r\nHost: x\r\n\r\nPOST /two "
                                     "HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" +
                                         large,
                                     "/two " + large);
    EXPECT_THAT(all, HasSubstr("/one "));
    EXPECT_TRUE(all.ends_with("/two " + large));
    EXPECT_TRUE(handler.secure);
}

TEST_F(TlsTest, SaysThatItWritesNoMoreBeforeItCloses) {
    start();
    RawClient raw(server->port());
    const SslPointer tls = connect(raw);
    ASSERT_TRUE(tls);
    exchange(tls.get(), "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "/a ");
    char byte;
    const int got = SSL_read(tls.get(), &byte, 1);
    EXPECT_EQ(SSL_get_error(tls.get(), got), SSL_ERROR_ZERO_RETURN);
}

TEST_F(TlsTest, SpeaksTls12AndNothingOlder) {
    start();
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    RawClient newer(server->port());
    EXPECT_TRUE(connect(newer));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    SSL_CTX_set_security_level(context.get(), 0);
    RawClient older(server->port());
    EXPECT_FALSE(connect(older));
}

TEST_F(TlsTest, AgreesOnHttp11) {
    start();
    const unsigned char protocols[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(context.get(), protocols, sizeof protocols - 1);
    RawClient raw(server->port());
    const SslPointer tls = connect(raw);
    ASSERT_TRUE(tls);
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(tls.get(), &chosen, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
}

TEST_F(TlsTest, ClosesOnPlainHttpAndOnSilence) {
    options.header_timeout = 30 * kMillisecond;
    start();
    RawClient plain(server->port());
    plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    plain.rest();
    RawClient silent(server->port());
    EXPECT_TRUE(silent.closed());
}

TEST_F(TlsTest, NamesTheFileThatItCannotUse) {
    options.key_file = folder + "/missing.pem";
    const auto missing = Server::start(options, handler, clock);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, Code::kUnavailable);
    EXPECT_THAT(missing.error().message, HasSubstr("missing.pem"));
    write_certificate(folder + "/other.pem", folder + "/other_key.pem");
    options.key_file = folder + "/other_key.pem";
    const auto mismatched = Server::start(options, handler, clock);
    ASSERT_FALSE(mismatched.ok());
    EXPECT_THAT(mismatched.error().message, HasSubstr("other_key.pem"));
}

}  // namespace
}  // namespace volant::api
