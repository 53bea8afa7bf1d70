import Foundation
public import Gymnasium

extension ControlProblem {
    /// What a rendering shows; nil for a mode that is none of the spec's.
    func frame(step: Int, mode: String) -> RenderedFrame? {
        switch mode {
        case "ansi":
            return .text("\(Self.spec.id), step \(step): \(picture)")
        case "rgb_array":
            var raster = Raster(width: Self.pictureWidth, height: Self.pictureHeight, colour: .paper)
            draw(on: &raster)
            return .image(raster.image)
        default:
            return nil
        }
    }
}

extension CartPole {
    public static var pictureWidth: Int { 600 }
    public static var pictureHeight: Int { 400 }

    /// The cart on its track, with the pole; the picture is as wide as the cart may go.
    public func draw(on raster: inout Raster) {
        let scale = Double(CartPole.pictureWidth) / (2 * CartPole.farthest)
        let ground = 300.0
        raster.band(from: [0, ground], to: [600, ground], width: 1, .ink)
        let x = 300 + state.position * scale
        raster.fill(
            polygon: [[x - 25, ground - 15], [x + 25, ground - 15], [x + 25, ground + 15], [x - 25, ground + 15]], .body
        )
        let axle = Raster.Point(x, ground - 7.5)
        let length = 2 * CartPole.halfLength * scale
        let tip = axle + Raster.Point(sin(state.angle), -cos(state.angle)) * length
        raster.band(from: axle, to: tip, width: 10, .limb)
        raster.fill(discAt: axle, radius: 5, .joint)
    }
}

extension MountainCar {
    public static var pictureWidth: Int { 600 }
    public static var pictureHeight: Int { 400 }

    /// The hills, with the car and a flag at the goal.
    public func draw(on raster: inout Raster) {
        let scale = Double(MountainCar.pictureWidth) / (MountainCar.rightmost - MountainCar.leftmost)
        func place(_ position: Double) -> Raster.Point {
            [
                (position - MountainCar.leftmost) * scale,
                Double(MountainCar.pictureHeight) - (0.45 * sin(3 * position) + 0.55) * scale,
            ]
        }
        for column in stride(from: 0.0, to: 600, by: 6) {
            let positions = [column, column + 6].map { MountainCar.leftmost + $0 / scale }
            raster.band(from: place(positions[0]), to: place(positions[1]), width: 2, .ink)
        }
        let foot = place(MountainCar.goal)
        raster.band(from: foot, to: foot - [0, 50], width: 2, .ink)
        raster.fill(polygon: [foot - [0, 50], foot + [25, -45], foot - [0, 40]], .goal)

        let slope = atan(1.35 * cos(3 * position))
        let along = Raster.Point(cos(slope), -sin(slope))
        let up = Raster.Point(-sin(slope), -cos(slope))
        let middle = place(position) + up * 10
        let (half, tall) = (along * 20, up * 20)
        raster.fill(polygon: [middle - half, middle + half, middle + half + tall, middle - half + tall], .body)
        for side in [-10.0, 10] { raster.fill(discAt: middle + along * side, radius: 8, .limb) }
    }
}

extension Acrobot {
    public static var pictureWidth: Int { 500 }
    public static var pictureHeight: Int { 500 }

    /// Both links, and the line that the free end is to reach.
    public func draw(on raster: inout Raster) {
        let scale = Double(Acrobot.pictureWidth) / 4.4
        let fixed = Raster.Point(250, 250)
        raster.band(from: [0, fixed.y - scale], to: [500, fixed.y - scale], width: 2, .goal)
        func end(of angle: Double) -> Raster.Point { Raster.Point(sin(angle), cos(angle)) * scale }
        let joint = fixed + end(of: state[0])
        let tip = joint + end(of: state[0] + state[1])
        raster.band(from: fixed, to: joint, width: 16, .body)
        raster.band(from: joint, to: tip, width: 16, .limb)
        for place in [fixed, joint] { raster.fill(discAt: place, radius: 6, .joint) }
    }
}

extension Pendulum {
    public static var pictureWidth: Int { 500 }
    public static var pictureHeight: Int { 500 }

    /// The pendulum about its axle.
    public func draw(on raster: inout Raster) {
        let scale = Double(Pendulum.pictureWidth) / 4.4
        let axle = Raster.Point(250, 250)
        // As in Gymnasium, positive angles lean to the left.
        let tip = axle + Raster.Point(-sin(angle), -cos(angle)) * scale
        raster.band(from: axle, to: tip, width: 0.2 * scale, .body)
        raster.fill(discAt: axle, radius: 6, .ink)
    }
}
