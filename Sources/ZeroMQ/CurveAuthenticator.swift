internal import CZeroMQ
import Foundation

/// Decides which clients the CURVE servers of a context talk to (ZAP, ZeroMQ RFC 27).
///
/// It is to be made before those servers bind, and kept, with ``answerAll(admits:)`` called, as long as they serve:
/// libzmq lets everybody in when there is none, and nobody while it does not answer. A context has one. One thread owns
/// it, and not the servers' own, which may be busy.
public struct CurveAuthenticator {
    /// A client that asks to be let in.
    public struct Applicant: Sendable, Hashable {
        /// What it has proved to own.
        public let key: CurvePublicKey
        /// Its IP address; over ipc what libzmq knows of it, such as "localhost:USER:GROUP:PROCESS" in numbers, or
        /// nothing.
        public let address: String

        public init(key: CurvePublicKey, address: String) {
            self.key = key
            self.address = address
        }
    }

    /// For waiting on it.
    public let socket: ZeroMQSocket

    /// - Throws: ``ZeroMQError``, also when the context has one already.
    public init(in context: ZeroMQContext) throws(ZeroMQError) {
        socket = try ZeroMQSocket(.reply, in: context)
        _ = try socket.bind("inproc://zeromq.zap.01")
    }

    /// Answers what has been asked.
    ///
    /// - Parameter admits: whether to let this client in.
    public func answerAll(admits: (Applicant) -> Bool) {
        while let request = socket.receive() {
            // Version, request id, domain, address, identity, mechanism, the client's public key.
            let isKnown = request.count == 7 && request[0] == Data("1.0".utf8) && request[5] == Data("CURVE".utf8)
            let applicant: Applicant? =
                if isKnown, let key = CurvePublicKey(bytes: request[6]) {
                    Applicant(key: key, address: String(decoding: request[3], as: UTF8.self))
                } else { nil }
            let isAdmitted = applicant.map(admits) ?? false
            let answer = isAdmitted ? ["200", "OK"] : ["400", "this key is not allowed"]
            let user = isAdmitted ? applicant?.key.text ?? "" : ""
            let id = request.count > 1 ? request[1] : Data()
            // Version, request id, status, its text, user id, metadata.
            _ = socket.send([Data("1.0".utf8), id] + (answer + [user, ""]).map { Data($0.utf8) })
        }
    }
}
