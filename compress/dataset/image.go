package dataset

import (
	"fmt"
	"image"
	_ "image/gif"  // decoder
	_ "image/jpeg" // decoder
	_ "image/png"  // decoder
	"math"
	"os"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// readImage reads a picture for an input [1, height, width, 1 or 3], resizing it by bilinear interpolation (averaging where
// it shrinks, so that nothing is skipped).
func readImage(path string, in Input, o Options) (Value, error) {
	rank := len(in.Shape)
	if rank != 3 && rank != 4 || rank == 4 && in.Shape[0] != 1 {
		return Value{}, fmt.Errorf("%s: an image for an input of shape %v, want [1 height width channels]: %w", path, in.Shape, ops.ErrShape)
	}
	height, width, channels := in.Shape[rank-3], in.Shape[rank-2], in.Shape[rank-1]
	if channels != 1 && channels != 3 || height < 1 || width < 1 {
		return Value{}, fmt.Errorf("%s: an image for an input of shape %v, want 1 or 3 channels: %w", path, in.Shape, ops.ErrShape)
	}
	file, err := os.Open(path)
	if err != nil {
		return Value{}, err
	}
	defer file.Close()
	config, _, err := image.DecodeConfig(file)
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", path, err)
	}
	// Pictures from strangers: a header of a few bytes may promise any size.
	const most = 1 << 26
	if config.Width < 1 || config.Height < 1 || int64(config.Width)*int64(config.Height) > most {
		return Value{}, fmt.Errorf("%s: %d x %d pixels, want at most %d: %w", path, config.Width, config.Height, most, ops.ErrValue)
	}
	if _, err := file.Seek(0, 0); err != nil {
		return Value{}, err
	}
	picture, _, err := image.Decode(file)
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", path, err)
	}
	v := resize(picture, height, width, channels)
	if in.Type == tensor.Uint8 {
		raw := make([]byte, len(v))
		for i, x := range v {
			raw[i] = byte(math.Round(float64(x)))
		}
		return Value{Raw: raw}, nil
	}
	mean, std := o.Mean, o.Std
	if std == 0 {
		mean, std = 0, 255
	}
	for i, x := range v {
		v[i] = float32((float64(x) - mean) / std)
	}
	return Value{Floats: v}, nil
}

// resize returns the picture's channels, 0 to 255, row by row.
func resize(picture image.Image, height, width, channels int) []float32 {
	b := picture.Bounds()
	rows := taps(b.Dy(), height)
	columns := taps(b.Dx(), width)
	out := make([]float32, height*width*channels)
	line := make([]float64, b.Dx()*3)
	for y, r := range rows {
		clear(line)
		for k, w := range r.weights {
			for x := range b.Dx() {
				red, green, blue, _ := picture.At(b.Min.X+x, b.Min.Y+r.first+k).RGBA()
				line[3*x] += w * float64(red) / 257
				line[3*x+1] += w * float64(green) / 257
				line[3*x+2] += w * float64(blue) / 257
			}
		}
		for x, c := range columns {
			var rgb [3]float64
			for k, w := range c.weights {
				for i := range rgb {
					rgb[i] += w * line[3*(c.first+k)+i]
				}
			}
			at := (y*width + x) * channels
			if channels == 1 {
				// Luma of ITU-R BT.601.
				out[at] = float32(0.299*rgb[0] + 0.587*rgb[1] + 0.114*rgb[2])
				continue
			}
			for i, v := range rgb {
				out[at+i] = float32(v)
			}
		}
	}
	return out
}

// tap is the pixels that one output pixel is made of.
type tap struct {
	first   int
	weights []float64
}

// taps returns a triangle filter for every one of to pixels made of from pixels: as wide as one input pixel where the
// picture grows, as one output pixel where it shrinks.
func taps(from, to int) []tap {
	scale := float64(from) / float64(to)
	reach := max(scale, 1)
	list := make([]tap, to)
	for i := range list {
		center := (float64(i)+0.5)*scale - 0.5
		first := max(int(math.Ceil(center-reach)), 0)
		last := min(int(math.Floor(center+reach)), from-1)
		t := tap{first: first}
		sum := 0.0
		for p := first; p <= last; p++ {
			w := max(1-math.Abs(float64(p)-center)/reach, 0)
			t.weights = append(t.weights, w)
			sum += w
		}
		if sum == 0 { // the center lies exactly between the ends of two filters
			t = tap{first: min(max(int(math.Round(center)), 0), from-1), weights: []float64{1}}
			sum = 1
		}
		for k := range t.weights {
			t.weights[k] /= sum
		}
		list[i] = t
	}
	return list
}
