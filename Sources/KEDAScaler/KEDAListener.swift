public import DaemonHTTP
import Foundation
import GRPCNIOTransportHTTP2Posix
import NIOCore
import SystemErrors

/// Where KEDA finds its scaler, and who may ask: on loopback whoever is on this machine, elsewhere only who has a certificate of an
/// authority that is named here.
///
///     let own = try KEDAListener("127.0.0.1:9300")
///     let all = try KEDAListener("0.0.0.0:9300", certificate: "tls.crt", key: "tls.key", clients: "ca.crt")
public struct KEDAListener: Sendable, Hashable {
    /// PEM files: the certificate with those that lead to its authority, its key, the authorities of clients.
    struct TLS: Sendable, Hashable {
        let certificate: String
        let key: String
        let clients: String
    }

    public let address: HTTPAddress
    let tls: TLS?
    /// The option that names the address, for messages.
    let option: String

    /// - Parameters:
    ///   - text: HOST:PORT; HOST is an address, not a name, or `localhost`. Port 0 takes a free one.
    ///   - certificate, key, clients: names of PEM files, all or none.
    ///   - option: which names the address, for messages.
    /// - Throws: ``KEDAScalerError`` for an address that is none, for one beyond loopback without TLS and a client CA, for some of the
    ///   files without the others, and for files that cannot be read.
    public init(
        _ text: String, certificate: String? = nil, key: String? = nil, clients: String? = nil,
        option: String = "--keda-listen"
    ) throws(KEDAScalerError) {
        guard let address = HTTPAddress(text) else {
            throw .init(.address, "\(option): got \"\(text)\"; expected is HOST:PORT, as in 127.0.0.1:9300")
        }
        let host = address.host == "localhost" ? "127.0.0.1" : address.host
        guard let socket = try? NIOCore.SocketAddress(ipAddress: host, port: address.port) else {
            throw .init(
                .address,
                "\(option): got the host \"\(address.host)\"; expected is an address of this machine, as in 127.0.0.1")
        }
        let files = [("certificate", certificate), ("key", key), ("client CA", clients)]
        let missing = files.filter { $0.1 == nil }.map(\.0)
        if let certificate, let key, let clients {
            tls = TLS(certificate: certificate, key: key, clients: clients)
        } else if missing.count < files.count {
            throw .init(
                .tls,
                "\(option): there is no \(missing.joined(separator: " and no ")); give certificate, key and client CA "
                    + "together, as PEM files")
        } else if socket.isLoopback {
            tls = nil
        } else {
            throw .init(
                .tls,
                "\(option): \(address) is not loopback, where whoever reaches it would be answered; give certificate, key "
                    + "and client CA (PEM files), or listen on 127.0.0.1")
        }
        for case (let what, let path?) in files { try KEDAListener.check(path, what, option) }
        self.address = HTTPAddress(host: host, port: address.port)
        self.option = option
    }

    /// That a file can be read and is PEM, so that the listener's own words for it need not be understood.
    private static func check(_ path: String, _ what: String, _ option: String) throws(KEDAScalerError) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw .init(.tls, "\(option): the \(what) \(path) cannot be read: \(SystemFailure.reason(error))")
        }
        guard text.contains("-----BEGIN ") else {
            throw .init(.tls, "\(option): the \(what) \(path) is no PEM file; expected is text with -----BEGIN")
        }
    }

    var security: HTTP2ServerTransport.Posix.TransportSecurity {
        guard let tls else { return .plaintext }
        return .mTLS(
            certificateChain: [.file(path: tls.certificate, format: .pem)],
            privateKey: .file(path: tls.key, format: .pem)
        ) { configuration in
            configuration.trustRoots = .certificates([.file(path: tls.clients, format: .pem)])
            configuration.requireALPN = true
        }
    }
}

extension NIOCore.SocketAddress {
    /// Whether only this machine reaches it.
    fileprivate var isLoopback: Bool {
        switch self {
        case .v4(let address): UInt32(bigEndian: address.address.sin_addr.s_addr) >> 24 == 127
        case .v6(let address):
            withUnsafeBytes(of: address.address.sin6_addr) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
        case .unixDomainSocket: true
        }
    }
}
