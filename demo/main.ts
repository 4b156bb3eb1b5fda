console.log("the demo is not there yet");
