// Package core decides who is calling.
package core
