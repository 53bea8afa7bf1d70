import Gymnasium
import Randomness
import Testing

@testable import ClassicControl

@Suite("Pictures of control problems")
struct ControlPictureTests {
    private func picture(_ problem: some ControlProblem) throws -> NDArray {
        guard case .image(let image) = problem.frame(step: 0, mode: "rgb_array") else {
            throw EnvironmentError(.unsupported, "no picture")
        }
        return image
    }

    /// The middles of all pixels of a colour, as (x, y).
    private func middle(of colour: Colour, in image: NDArray) throws -> (x: Double, y: Double) {
        let (x, y, count) = sums(of: colour, in: image)
        try #require(count > 0)
        return (x / count, y / count)
    }

    private func sums(of colour: Colour, in image: NDArray) -> (x: Double, y: Double, count: Double) {
        var (x, y, count) = (0.0, 0.0, 0.0)
        for pixel in 0..<image.shape[0] * image.shape[1] {
            let bytes = image.bytes[3 * pixel..<3 * pixel + 3]
            guard bytes.elementsEqual([colour.red, colour.green, colour.blue]) else { continue }
            x += Double(pixel % image.shape[1])
            y += Double(pixel / image.shape[1])
            count += 1
        }
        return (x, y, count)
    }

    @Test("are of one size, equal for equal states and others for others")
    func equality() throws {
        func check<Problem: ControlProblem>(_ problem: Problem) throws {
            var (one, other) = (problem, problem)
            var generator = PCG64(seed: Seed(1))
            one.begin(within: Problem.startBounds, using: &generator)
            let same = one
            other.begin(within: Problem.startBounds, using: &generator)
            let image = try picture(one)
            #expect(image.dtype == .uint8 && image.shape == [Problem.pictureHeight, Problem.pictureWidth, 3])
            #expect(try picture(same) == image)
            #expect(try picture(other) != image)
            #expect(one.frame(step: 0, mode: "human") == nil)
        }
        try check(CartPole())
        try check(PositionOnlyCartPole())
        try check(MountainCar())
        try check(Acrobot())
        try check(Pendulum())
    }

    @Test("show a cart and its pole where they are")
    func cart() throws {
        var problem = try CartPole()
        problem.state.position = 1.2
        problem.state.angle = 0.2
        let image = try picture(problem)
        let (cart, pole) = (try middle(of: .body, in: image), try middle(of: .limb, in: image))
        // 1.2 m of 4.8 m to the right of the middle, and the pole leans further to the right.
        #expect(abs(cart.x - 450) < 3)
        #expect(pole.x > cart.x + 5 && pole.y < cart.y - 30)
        problem.state.position = 100
        #expect(try sums(of: .body, in: picture(problem)).count == 0)
    }

    @Test("show links and pendulums that hang down below their axle, and upright ones above it")
    func hanging() throws {
        var acrobot = try Acrobot()
        let down = try picture(acrobot)
        #expect(try middle(of: .body, in: down).y > 250 && middle(of: .limb, in: down).y > 360)
        acrobot.state[0] = .pi
        let up = try picture(acrobot)
        #expect(try middle(of: .body, in: up).y < 250 && middle(of: .limb, in: up).y < 140)
        var pendulum = try Pendulum()
        #expect(try middle(of: .body, in: picture(pendulum)).y < 250)
        pendulum.angle = .pi
        #expect(try middle(of: .body, in: picture(pendulum)).y > 250)
        pendulum.angle = .pi / 2
        #expect(try middle(of: .body, in: picture(pendulum)).x < 250)
    }

    @Test("show a car on its hill: low in the valley, high at the goal")
    func car() throws {
        var problem = try MountainCar()
        problem.position = -0.5
        let valley = try middle(of: .body, in: picture(problem))
        problem.position = 0.5
        let goal = try middle(of: .body, in: picture(problem))
        #expect(goal.x > valley.x + 300 && goal.y < valley.y - 200)
    }

    @Test("of a vector are those of its environments")
    func vector() throws {
        let vector = CartPoleVector(try CartPole(), count: 6, team: nil)
        let buffers = RowBuffers(for: vector)
        try vector.resetNow(seeds: (0..<6).map { Seed(UInt64($0)) }, into: buffers)
        let alone = ControlEnvironment(try CartPole())
        var observation = [Float](repeating: 0, count: 4)
        observation.withUnsafeMutableBytes { alone.reset(seed: Seed(5), observation: $0) }
        guard case .image(let expected) = alone.render(mode: "rgb_array"),
            case .image(let image) = try vector.renderNow(at: 5, mode: "rgb_array")
        else {
            Issue.record("no pictures")
            return
        }
        #expect(image.bytes == expected.bytes)
    }
}
